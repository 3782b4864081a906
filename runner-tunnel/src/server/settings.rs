//! The data of a tunnel in the making: where it comes from, and what the setters put over it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::config::{Token, TunnelConfig};
use super::sources::{self, File};

type Override = Arc<dyn Fn(&mut TunnelConfig) + Send + Sync>;

/// Kept as what to do and not as a result, so that a reload does it again.
#[derive(Clone)]
pub(super) struct Settings {
    source: Source,
    overrides: Vec<Override>,
    tokens: Option<Vec<Token>>,
}

#[derive(Clone)]
enum Source {
    Fixed(Arc<TunnelConfig>),
    /// With the file that it names, if none is named here.
    Environment {
        file: Option<PathBuf>,
    },
}

/// What was read, and what is wrong with it.
pub(super) struct Loaded {
    pub(super) config: TunnelConfig,
    pub(super) problems: Vec<String>,
    /// Whether there is a file with nothing in it.
    pub(super) is_blank: bool,
}

impl Settings {
    pub(super) fn environment() -> Self {
        Self::of(Source::Environment { file: None })
    }

    pub(super) fn fixed(config: TunnelConfig) -> Self {
        Self::of(Source::Fixed(Arc::new(config)))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            overrides: Vec::new(),
            tokens: None,
        }
    }

    /// The environment over this file, in place of what was there.
    pub(super) fn read_from(&mut self, file: PathBuf) {
        self.source = Source::Environment { file: Some(file) };
    }

    pub(super) fn set(&mut self, change: impl Fn(&mut TunnelConfig) + Send + Sync + 'static) {
        self.overrides.push(Arc::new(change));
    }

    /// In place of those of a file or the environment, beside those that were added before.
    pub(super) fn add_tokens(&mut self, tokens: impl IntoIterator<Item = Token>) {
        self.tokens.get_or_insert_default().extend(tokens);
    }

    /// The file that is read.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match &self.source {
            Source::Fixed(_) => None,
            Source::Environment { file: Some(file) } => Some(file.clone()),
            Source::Environment { file: None } => sources::named_file(&sources::of_process()),
        }
    }

    /// Whether what is in force is to be printed, and nothing served.
    pub(super) fn is_printed(&self) -> bool {
        matches!(self.source, Source::Environment { .. })
            && sources::is_printed(&sources::of_process()) == Ok(true)
    }

    pub(super) fn load(&self) -> Loaded {
        let file = self.file().map(File::read);
        let (mut config, problems) = match &self.source {
            Source::Fixed(config) => (config.as_ref().clone(), Vec::new()),
            Source::Environment { .. } => sources::read(file.as_ref(), &sources::of_process()),
        };
        if let Some(tokens) = &self.tokens {
            if matches!(self.source, Source::Environment { .. }) {
                config.tokens.clear();
            }
            config.tokens.extend(tokens.iter().cloned());
        }
        for change in &self.overrides {
            change(&mut config);
        }
        Loaded {
            config,
            problems,
            is_blank: file.is_some_and(|file| file.is_blank()),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loaded {
            config, problems, ..
        } = self.load();
        f.debug_struct("Settings")
            .field("config", &config)
            .field("problems", &problems)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_setters_replace_those_of_a_file_and_stand_beside_fixed_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tunnel.toml");
        std::fs::write(&path, "tokens = [\"file\"]").unwrap();
        let mut read = Settings::environment();
        read.read_from(path);
        let mut fixed = Settings::fixed(TunnelConfig {
            tokens: vec!["fixed".into()],
            ..TunnelConfig::default()
        });
        for (settings, before, after) in [(&mut read, 1, 2), (&mut fixed, 1, 3)] {
            assert_eq!(settings.load().config.tokens.len(), before);
            settings.add_tokens(["one".into(), "two".into()]);
            assert_eq!(settings.load().config.tokens.len(), after);
        }
    }

    /// Whoever reads a pipe twice gets something else the second time.
    #[cfg(unix)]
    #[test]
    fn what_is_decided_about_a_file_is_decided_about_one_reading_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tunnel.toml");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let mut settings = Settings::environment();
        settings.read_from(path.clone());
        let (sender, loaded) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(settings.load()).is_ok());
        std::fs::write(&path, "base_path = \"/x\"").unwrap();
        // Nobody may ask for more.
        let loaded = loaded.recv_timeout(std::time::Duration::from_secs(30));
        let loaded = loaded.expect("the file is read twice");
        assert_eq!(loaded.problems, [""; 0]);
        assert!(!loaded.is_blank && loaded.config.base_path == "/x");
    }
}
