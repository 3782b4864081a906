//! Tokens in a header.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, HeaderName};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use super::caller::{Caller, Grant};
use crate::registry::Patterns;
use crate::server::config::{HIDDEN, Secret, Token};
use crate::server::secret_file;
use crate::wire::headers;

type Sha = [u8; 32];

/// The tokens that let a caller in. Equal if they let the same callers do the same.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tokens {
    entries: Vec<Entry>,
    /// What was sent has to be hashed.
    has_digests: bool,
    /// Somebody has to look at the clock.
    has_times: bool,
}

/// One secret. Several tokens may share it, and then add up.
#[derive(Debug)]
struct Entry {
    /// `None` when only the digest is known.
    text: Option<SecretString>,
    digest: Sha,
    grants: Vec<Grant>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && self.grants == other.grants
    }
}

impl Tokens {
    /// Reads the tokens that stand in files. Fails with a sentence for each thing that is wrong.
    pub(super) fn new(tokens: &[Token]) -> Result<Self, Vec<String>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        let mut names = HashSet::new();
        for (position, token) in (1..).zip(tokens) {
            let title = match token.name() {
                Some(name) => format!("token {name:?}"),
                None => format!("token {position}"),
            };
            if token.name().is_some_and(|name| !names.insert(name)) {
                problems.push(format!("{title} is there twice: names are unique"));
            }
            let mut wrong = grant_problems(token);
            match known(&token.secret) {
                Ok((text, digest)) => all.add(text, digest, token),
                Err(why) => wrong.extend(why),
            }
            problems.extend(wrong.iter().map(|why| format!("{title} {why}")));
        }
        if problems.is_empty() {
            Ok(all)
        } else {
            Err(problems)
        }
    }

    fn add(&mut self, text: Option<SecretString>, digest: Sha, token: &Token) {
        let grant = Grant {
            name: token.name().map(Arc::from),
            #[cfg(feature = "cache")]
            digest,
            not_before: token.not_before,
            not_after: token.not_after,
            scopes: token.scopes.as_deref().map(Patterns::new),
        };
        self.has_times |= grant.has_times();
        match self.entries.iter_mut().find(|entry| entry.digest == digest) {
            Some(entry) => {
                entry.grants.push(grant);
                entry.text = entry.text.take().or(text);
            }
            None => self.entries.push(Entry {
                text,
                digest,
                grants: vec![grant],
            }),
        }
        self.has_digests = self.entries.iter().any(|entry| entry.text.is_none());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A sentence for each token that lets nobody in any more or nowhere, and each scope that matches none of these ids.
    pub(super) fn idle(&self, ids: &[&str]) -> Vec<String> {
        let grants = self.entries.iter().flat_map(|entry| &entry.grants);
        let idle = |grant: &Grant| {
            let title = match &grant.name {
                Some(name) => format!("token {name:?}"),
                None => "a token".to_owned(),
            };
            let is_over = grant.not_after.is_some_and(|end| end < SystemTime::now());
            let is_over = is_over.then(|| format!("{title} has expired: it lets nobody in"));
            let has_none = grant.scopes.as_ref().is_some_and(Patterns::is_empty);
            let has_none = has_none.then(|| format!("{title} has no scopes: it reaches nothing"));
            let scopes = grant.scopes.iter().flat_map(|scopes| scopes.idle(ids));
            let tell = |scope| {
                format!("{title} has the scope {scope:?}, which matches nothing that is registered")
            };
            let scopes = scopes.map(tell);
            is_over
                .into_iter()
                .chain(has_none)
                .chain(scopes)
                .collect::<Vec<_>>()
        };
        grants.flat_map(idle).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.iter().map(|entry| entry.grants.len()).sum()
    }

    /// Whom these headers let in.
    pub(super) fn find(&self, headers: &HeaderMap, name: &HeaderName) -> Option<Caller<'_>> {
        self.caller(self.entry(headers, name)?)
    }

    fn caller<'a>(&self, entry: &'a Entry) -> Option<Caller<'a>> {
        Caller::of_token(&entry.grants, self.has_times.then(SystemTime::now))
    }

    /// Why these headers let nobody in, without what was sent.
    pub(super) fn why_not(&self, headers: &HeaderMap, name: &HeaderName) -> Cow<'static, str> {
        match headers.get_all(name).iter().count() {
            0 => "no token".into(),
            1 => match self.entry(headers, name) {
                None => "a wrong token".into(),
                Some(entry) if self.caller(entry).is_none() => untimely(&entry.grants).into(),
                Some(_) => "a token that counts, but not for this".into(),
            },
            _ => "several tokens".into(),
        }
    }

    /// Compares with every token, each in constant time (the length of a token is not hidden). A header that
    /// was sent twice is refused, as Node does.
    fn entry(&self, headers: &HeaderMap, name: &HeaderName) -> Option<&Entry> {
        let sent = headers::single(headers, name)?.as_bytes();
        let digest: Option<Sha> = self.has_digests.then(|| Sha256::digest(sent).into());
        let mut found = u32::MAX;
        for (index, entry) in (0_u32..).zip(&self.entries) {
            found.conditional_assign(&index, entry.is(sent, digest.as_ref()));
        }
        self.entries.get(found as usize)
    }
}

fn untimely(grants: &[Grant]) -> String {
    let names = grants.iter().filter_map(|grant| grant.name.as_deref());
    let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    match names.join(", ") {
        names if names.is_empty() => "a token out of its time".to_owned(),
        names => format!("a token out of its time: {names}"),
    }
}

impl Entry {
    fn is(&self, sent: &[u8], digest: Option<&Sha>) -> Choice {
        match (&self.text, digest) {
            (Some(text), _) => text.expose_secret().as_bytes().ct_eq(sent),
            (None, Some(digest)) => self.digest.ct_eq(digest),
            (None, None) => Choice::from(0),
        }
    }
}

/// The text, if anybody knows it, and its digest.
fn known(secret: &Secret) -> Result<(Option<SecretString>, Sha), Vec<String>> {
    let text = match secret {
        Secret::Text(text) => text.clone(),
        Secret::File(path) => secret_in(path).map_err(|why| vec![why])?,
        Secret::Sha256(None) => {
            let why = "has a SHA-256 digest of neither 64 hexadecimal digits nor 43 characters of base64url";
            return Err(vec![why.to_owned()]);
        }
        Secret::Sha256(Some(digest)) if *digest == Sha::from(Sha256::digest(b"")) => {
            return Err(vec![EMPTY.to_owned()]);
        }
        Secret::Sha256(Some(digest)) => return Ok((None, *digest)),
    };
    let mut problems = text_problems(text.expose_secret());
    if let Secret::File(path) = secret {
        for problem in &mut problems {
            problem.insert_str(0, &format!("in {} ", path.display()));
        }
    }
    if problems.is_empty() {
        let digest = Sha256::digest(text.expose_secret()).into();
        Ok((Some(text), digest))
    } else {
        Err(problems)
    }
}

/// What a file holds, but for a newline at its end.
pub(super) fn secret_in(path: &Path) -> Result<SecretString, String> {
    match secret_file::read_text(path) {
        Ok(text) => {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            Ok(line.strip_suffix('\r').unwrap_or(line).into())
        }
        Err(error) => Err(format!("cannot be read from {}: {error}", path.display())),
    }
}

const EMPTY: &str = "is empty and would let everybody in: give it a text, or leave it out";

fn text_problems(text: &str) -> Vec<String> {
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let wrong = [
        (text.is_empty(), EMPTY),
        (
            !is_printable,
            "has characters that no header can carry: use printable ASCII",
        ),
        (
            text.trim_ascii() != text,
            "begins or ends with a blank, which HTTP strips from headers: remove it",
        ),
        (
            text == HIDDEN,
            "is the text that hides secrets where a configuration is printed: put the token itself there",
        ),
    ];
    let wrong = wrong.into_iter().filter(|(is_wrong, _)| *is_wrong);
    wrong.map(|(_, why)| why.to_owned()).collect()
}

fn grant_problems(token: &Token) -> Vec<String> {
    let mut problems = Vec::new();
    if token.name().is_some_and(str::is_empty) {
        problems.push("has an empty name: give it one, or leave it out".to_owned());
    }
    if let (Some(not_before), Some(not_after)) = (token.not_before, token.not_after)
        && not_before > not_after
    {
        problems.push(
            "has a not_before that is later than its not_after: it would never count".to_owned(),
        );
    }
    problems
}

#[cfg(test)]
mod tests;
