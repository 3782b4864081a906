//! Where a configuration comes from: defaults, a file, the environment, each over the one before.
//!
//! All of them become one tree, which serde reads once for each thing that is wrong: what cannot be read is named,
//! taken out, and the rest is read again. So everything is reported at once, and no field stands in a list.

mod fault;
mod file;
mod print;
mod read;
mod tree;
mod variables;

use std::path::{Path, PathBuf};

use serde::Deserialize as _;

use self::read::Reader;
use self::tree::{Node, Origin, is_inside};
use self::variables::{PRINT_CONFIG, Variables};
use super::config::TunnelConfig;
use crate::error::ServeError;

pub(super) use self::file::File;
pub(super) use self::print::is_printed;
pub(super) use self::variables::{leaves, of_process};

/// What is wrong, with the place where it was written.
type Problems = Vec<(Origin, String)>;

/// The file that the environment names.
pub(super) fn named_file(variables: &Variables) -> Option<PathBuf> {
    let named = variables.iter().find(|(name, _)| name == variables::CONFIG);
    named.map(|(_, path)| PathBuf::from(path))
}

/// Makes one of them all: what could be read, and a sentence for each thing that is wrong, in the order of the file.
pub(super) fn read(file: Option<&File>, variables: &Variables) -> (TunnelConfig, Vec<String>) {
    let mut problems = Problems::new();
    let mut root = file.map_or_else(Node::root, |file| file.parse(&mut problems));
    variables::merge(&mut root, variables);
    if let Err(why) = is_printed(variables) {
        problems.push((Origin::Variable(PRINT_CONFIG.to_owned()), why));
    }
    let path = file.map(|file| file.path.as_path());
    let mut config = decode(&mut root, path, &mut problems);
    let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
    config.resolve(folder);
    problems.sort_by(|(one, _), (other, _)| one.cmp(other));
    let problems = problems.into_iter().map(|(_, why)| why).collect();
    (config, problems)
}

fn checked((config, problems): (TunnelConfig, Vec<String>)) -> Result<TunnelConfig, ServeError> {
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(ServeError::setup(problems))
    }
}

fn decode(root: &mut Node, file: Option<&Path>, problems: &mut Problems) -> TunnelConfig {
    let mut faulty: Vec<String> = Vec::new();
    loop {
        let fault = match TunnelConfig::deserialize(Reader::of(root)) {
            Ok(config) => return config,
            Err(fault) => fault,
        };
        let node = fault.path.as_ref().and_then(|path| root.remove(path));
        let Some(node) = node else {
            problems.push((root.origin.clone(), fault.tell(root, file)));
            return TunnelConfig::default();
        };
        // What lacks a part that was just taken out is not wrong itself.
        if !faulty.iter().any(|path| is_inside(path, &node.path)) {
            problems.push((node.origin.clone(), fault.tell(&node, file)));
        }
        faulty.push(node.path);
    }
}

impl TunnelConfig {
    /// The defaults, changed by what a TOML file says. Its keys are the names of the fields; sizes may be text like
    /// `"20mb"`, times are text like `"30s"`, tokens text or tables (see [`Token`](crate::Token)).
    ///
    /// The environment is not read: [`serve().config_file(path)`](crate::Serve::config_file) puts it over the file.
    ///
    /// ```no_run
    /// let config = runner_tunnel::TunnelConfig::from_file("tunnel.toml")?;
    /// # Ok::<(), runner_tunnel::ServeError>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, and with everything that is wrong in it at once: each with its line, the
    /// setting, what was expected, and for a misspelt name the nearest right one.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ServeError> {
        let file = File::read(path.as_ref().to_owned());
        checked(read(Some(&file), &Variables::new()))
    }

    /// The defaults, changed by the file that `RUNNER_TUNNEL_CONFIG` names, if it does, and by the environment. This is
    /// what [`serve`](crate::serve) starts from.
    ///
    /// Every field has a variable: `RUNNER_TUNNEL_` and its name in capitals, with `__` between the levels. Lists are
    /// comma-separated. One more is `RUNNER_TUNNEL_TOKEN`: one token, commas included, beside those of
    /// `RUNNER_TUNNEL_TOKENS`.
    ///
    #[doc = include_str!("../../docs/variables.md")]
    ///
    /// # Errors
    /// With everything that is wrong at once: values that do not have their form, and variables with this prefix that
    /// are no setting, with the nearest right name. What Kubernetes sets for a service called `runner-tunnel` is
    /// passed over.
    pub fn from_env() -> Result<Self, ServeError> {
        let variables = of_process();
        let file = named_file(&variables).map(File::read);
        checked(read(file.as_ref(), &variables))
    }
}

#[cfg(test)]
mod tests;
