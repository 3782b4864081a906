//! Doc comments as descriptions.

/// Joins the lines of a paragraph; blank lines, lists, quotes, tables and fenced code keep their breaks.
pub(crate) fn join_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut fenced = false;
    let mut previous_joins = false;
    for line in lines {
        // `/// text` arrives as ` text`.
        let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
        let is_fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        let continues = !fenced && !is_fence && !line.is_empty() && !starts_a_block(line);
        if !text.is_empty() {
            text.push(if continues && previous_joins {
                ' '
            } else {
                '\n'
            });
        }
        text.push_str(if fenced {
            line
        } else {
            line.trim_start_matches(' ')
        });
        fenced ^= is_fence;
        previous_joins = !fenced && !is_fence && !line.is_empty() && !line.starts_with('#');
    }
    text.trim().to_owned()
}

fn starts_a_block(line: &str) -> bool {
    let trimmed = line.trim_start();
    let numbered = trimmed.trim_start_matches(|char: char| char.is_ascii_digit());
    ["- ", "* ", "+ ", "> ", "|", "#"]
        .iter()
        .any(|mark| trimmed.starts_with(mark))
        || (numbered.len() < trimmed.len() && numbered.starts_with(". "))
        || line.starts_with("    ")
}

#[cfg(test)]
mod tests {
    use super::join_lines;

    #[test]
    fn wrapped_lines_become_one_and_paragraphs_stay_apart() {
        assert_eq!(
            join_lines([" Adds two", " numbers.", "", " Overflow is", " an error."]),
            "Adds two numbers.\n\nOverflow is an error."
        );
    }

    #[test]
    fn lists_headings_and_code_keep_their_lines() {
        assert_eq!(
            join_lines([
                " One of:",
                " - a, which",
                "   goes on",
                " - b",
                " # Title",
                " text",
                " ```",
                "   code",
                " more",
                " ```"
            ]),
            "One of:\n- a, which goes on\n- b\n# Title\ntext\n```\n  code\nmore\n```"
        );
    }

    #[test]
    fn nothing_stays_nothing() {
        assert_eq!(join_lines([]), "");
        assert_eq!(join_lines(["", "  "]), "");
    }
}
