//! A README taken apart into what is told and what is shown.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::{Program, assert_curl};

/// Set to `overwrite`, it puts what was printed into the READMEs.
const MODE: &str = "TRANSCRIPTS";

/// Runs what the README of a folder shows against a new process of a program.
///
/// # Panics
/// When something else happens than the README shows, or when it shows nothing.
pub async fn check(folder: &Path, executable: &str) {
    check_with(
        &Readme::read(folder),
        Program::start(executable).await,
        folder,
    )
    .await;
}

/// Runs what a README shows against a running program, with commands in this folder.
///
/// # Panics
/// When something else happens than the README shows, or when it shows nothing.
pub async fn check_with(readme: &Readme, mut program: Program, folder: &Path) {
    assert_curl().await;
    let mut commands = 0;
    let mut differences = Vec::new();
    let mut truth = String::new();
    for part in readme.parts() {
        let (title, printed) = match part.kind {
            Kind::Told => {
                truth += &part.text;
                continue;
            }
            Kind::Log => {
                let lines = part.text.lines().count();
                ("the start-up log".to_owned(), program.log(lines).await)
            }
            Kind::Command(command) => {
                commands += 1;
                let title = format!("$ {command}");
                truth.extend([&title, "\n"]);
                (title, program.run(command, folder).await)
            }
        };
        if printed != part.text {
            differences.push(format!(
                "{}:{}: {title}\n--- the README shows\n{}--- what happens\n{printed}",
                readme.path.display(),
                part.line,
                part.text
            ));
        }
        truth += &printed;
    }
    assert!(
        commands > 0,
        "{} has no ```console block with a command",
        readme.path.display()
    );
    if std::env::var_os(MODE).is_some_and(|mode| mode == "overwrite") {
        fs::write(&readme.path, truth).unwrap();
        return;
    }
    assert!(
        differences.is_empty(),
        "a README shows what does not happen; correct what is wrong, or let {MODE}=overwrite rewrite the README\n\n{}",
        differences.join("\n")
    );
}

/// A README and where it is.
#[derive(Debug)]
pub struct Readme {
    path: PathBuf,
    text: String,
}

struct Part<'a> {
    kind: Kind<'a>,
    /// Where it begins, from 1.
    line: usize,
    /// Of a command, what it prints.
    text: String,
}

enum Kind<'a> {
    /// Prose, fences, and blocks that nobody runs.
    Told,
    /// A ```text block: how the log begins.
    Log,
    /// A line of a ```console block that begins with `$ `.
    Command(&'a str),
}

impl Readme {
    /// The README of a folder.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let path = folder.join("README.md").canonicalize().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        Self { path, text }
    }

    /// The first block of a language after this line.
    #[must_use]
    pub fn block(&self, heading: &str, language: &str) -> &str {
        let block = || {
            let (_, section) = self.text.split_once(&format!("\n{heading}\n"))?;
            let (_, block) = section.split_once(&format!("\n```{language}\n"))?;
            Some(block.split_once("\n```\n")?.0)
        };
        block().unwrap_or_else(|| {
            panic!(
                "{} has no ```{language} block after {heading:?}",
                self.path.display()
            )
        })
    }

    /// Put together again, they are the README.
    fn parts(&self) -> Vec<Part<'_>> {
        let mut parts: Vec<Part<'_>> = Vec::new();
        let mut block = None;
        for (index, text) in self.text.split_inclusive('\n').enumerate() {
            let line = index + 1;
            let begin = |kind, text: &str| Part {
                kind,
                line,
                text: text.to_owned(),
            };
            if let Some(language) = text.trim_end().strip_prefix("```") {
                block = block.is_none().then_some(language);
                parts.push(begin(Kind::Told, text));
                if block == Some("text") {
                    parts.push(begin(Kind::Log, ""));
                }
                continue;
            }
            match (block, text.strip_prefix("$ "), parts.last_mut()) {
                (Some("console"), Some(command), _) => {
                    parts.push(begin(Kind::Command(command.trim_end()), ""));
                }
                (Some("console"), None, Some(last)) if matches!(last.kind, Kind::Told) => panic!(
                    "{}:{line}: a ```console block begins with `$ ` and a command",
                    self.path.display()
                ),
                (_, _, Some(last)) => last.text += text,
                (_, _, None) => parts.push(begin(Kind::Told, text)),
            }
        }
        assert!(
            block.is_none(),
            "{}: a block does not end",
            self.path.display()
        );
        parts
    }
}
