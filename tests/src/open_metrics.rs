//! A strict reader of OpenMetrics text, as `promtool` is: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
//! Whatever a scraper may refuse makes it panic.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of a series, sorted by name.
type Labels = Vec<(String, String)>;

/// What one scrape said.
#[derive(Debug, Default)]
pub struct Scrape {
    /// By name: the type that was declared.
    pub families: BTreeMap<String, String>,
    series: BTreeMap<(String, Labels), f64>,
}

/// A family until its last sample.
#[derive(Debug)]
struct Family {
    name: String,
    kind: String,
    unit: Option<String>,
    has_help: bool,
}

impl Scrape {
    /// Reads a whole exposition.
    ///
    /// # Panics
    /// When it breaks a rule.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let Some(body) = text.strip_suffix("# EOF\n") else {
            panic!("it does not end with `# EOF`");
        };
        let mut scrape = Self::default();
        let mut family: Option<Family> = None;
        for line in body.split_terminator('\n') {
            if let Some(about) = line.strip_prefix("# ") {
                let (what, rest) = about.split_once(' ').unwrap_or((about, ""));
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                assert!(is_name(name), "{line}");
                if family.as_ref().is_none_or(|family| family.name != name) {
                    let is_new = !scrape.families.contains_key(name);
                    assert!(is_new, "the lines of {name} do not stand together: {line}");
                    scrape.families.insert(name.to_owned(), String::new());
                    family = Some(Family::new(name));
                }
                if let Some(family) = &mut family {
                    assert!(
                        !scrape.series.keys().any(|(sample, _)| family.owns(sample)),
                        "late: {line}"
                    );
                    family.declare(what, value, line);
                    scrape.families.insert(name.to_owned(), family.kind.clone());
                }
                continue;
            }
            let (name, labels, value) = sample(line);
            let Some(family) = &family else {
                panic!("no metadata before {line}");
            };
            assert!(
                family.owns(&name),
                "not of the {} {}: {line}",
                family.kind,
                family.name
            );
            assert!(family.has_help, "without HELP: {line}");
            if family.kind != "gauge" {
                assert!(value >= 0.0, "counts down: {line}");
            }
            let is_new = scrape.series.insert((name, labels), value).is_none();
            assert!(is_new, "twice: {line}");
        }
        scrape.check_histograms();
        scrape
    }

    /// The value of a series.
    ///
    /// # Panics
    /// When there is no such series.
    #[must_use]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.get(name, labels);
        found.unwrap_or_else(|| panic!("no {name} with {labels:?}"))
    }

    /// The value of a series, if there is one.
    #[must_use]
    pub fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut labels: Labels = labels.iter().map(owned).collect();
        labels.sort();
        self.series.get(&(name.to_owned(), labels)).copied()
    }

    /// The sum over all series of a name.
    #[must_use]
    pub fn sum(&self, name: &str) -> f64 {
        let of_name = self.series.iter().filter(|((series, _), _)| series == name);
        of_name.map(|(_, value)| value).sum()
    }

    /// The names of all samples.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.series.keys().map(|(name, _)| name.as_str()).collect()
    }

    /// How many series there are.
    #[must_use]
    pub fn series(&self) -> usize {
        self.series.len()
    }

    /// Buckets ascend and add up, and the last one is infinite and holds all.
    fn check_histograms(&self) {
        let mut histograms: BTreeMap<(String, Labels), Vec<(f64, f64)>> = BTreeMap::new();
        for ((name, labels), value) in &self.series {
            let Some(base) = name.strip_suffix("_bucket") else {
                continue;
            };
            let (bounds, others): (Labels, Labels) =
                labels.iter().cloned().partition(|(name, _)| name == "le");
            let [(_, bound)] = &bounds[..] else {
                panic!("no `le`: {name} {labels:?}");
            };
            let bound = if bound == "+Inf" {
                f64::INFINITY
            } else {
                number(bound)
            };
            histograms
                .entry((base.to_owned(), others))
                .or_default()
                .push((bound, *value));
        }
        for ((base, labels), mut buckets) in histograms {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            let adds_up = buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1);
            assert!(adds_up, "{base} {labels:?} {buckets:?}");
            let of = |suffix: &str| {
                let key = (format!("{base}{suffix}"), labels.clone());
                self.series.get(&key).copied()
            };
            let last = buckets.last().map(|(bound, count)| (*bound, *count));
            assert_eq!(
                last,
                of("_count").map(|count| (f64::INFINITY, count)),
                "{base} {labels:?}"
            );
            assert!(of("_sum").is_some(), "{base} {labels:?}");
        }
    }
}

impl Family {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: String::new(),
            unit: None,
            has_help: false,
        }
    }

    fn declare(&mut self, what: &str, value: &str, line: &str) {
        match what {
            "HELP" => {
                assert!(
                    !std::mem::replace(&mut self.has_help, true),
                    "twice: {line}"
                );
                assert!(!value.is_empty() && !value.ends_with(".."), "{line}");
            }
            "TYPE" => {
                assert!(self.kind.is_empty(), "twice: {line}");
                let kinds = ["counter", "gauge", "histogram", "info"];
                assert!(kinds.contains(&value), "{line}");
                value.clone_into(&mut self.kind);
            }
            "UNIT" => {
                assert!(self.unit.is_none(), "twice: {line}");
                assert!(self.name.ends_with(&format!("_{value}")), "{line}");
                self.unit = Some(value.to_owned());
            }
            _ => panic!("neither HELP nor TYPE nor UNIT: {line}"),
        }
    }

    /// Which names the samples of the type have.
    fn owns(&self, sample: &str) -> bool {
        let suffixes: &[&str] = match self.kind.as_str() {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            "gauge" => &[""],
            _ => &[],
        };
        let rest = sample.strip_prefix(self.name.as_str());
        rest.is_some_and(|rest| suffixes.contains(&rest))
    }
}

/// A line with a value.
fn sample(line: &str) -> (String, Labels, f64) {
    let end = line.find(['{', ' ']).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest, line),
        None => (Labels::new(), rest),
    };
    let Some(value) = value.strip_prefix(' ') else {
        panic!("no blank before the value: {line}");
    };
    (name.to_owned(), labels, number(value))
}

/// Up to the closing bracket; what follows it is given back.
fn labels<'a>(mut rest: &'a str, line: &str) -> (Labels, &'a str) {
    let mut labels = Labels::new();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            break rest = after;
        }
        let Some((name, after)) = rest.split_once("=\"") else {
            panic!("no label: {line}");
        };
        let name = if labels.is_empty() {
            Some(name)
        } else {
            name.strip_prefix(',')
        };
        let name = name.filter(|name| is_name(name) && !name.contains(':'));
        let Some(name) = name else {
            panic!("not a label's name: {line}");
        };
        let (mut value, mut chars) = (String::new(), after.char_indices());
        let end = loop {
            match chars.next() {
                Some((at, '"')) => break at,
                Some((_, '\\')) => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, char @ ('\\' | '"'))) => value.push(char),
                    _ => panic!("not an escape: {line}"),
                },
                Some((_, char)) => value.push(char),
                None => panic!("no closing quote: {line}"),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
    }
    labels.sort();
    let names: BTreeSet<&String> = labels.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), labels.len(), "one label twice: {line}");
    (labels, rest)
}

fn is_name(text: &str) -> bool {
    let is_rest = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':');
    !text.is_empty()
        && !text.starts_with(|char: char| char.is_ascii_digit())
        && text.chars().all(is_rest)
}

fn number(text: &str) -> f64 {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => number,
        _ => panic!("not a number: {text:?}"),
    }
}
