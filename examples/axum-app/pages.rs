//! The pages: plain axum.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;

use crate::guestbook::{Entry, Guestbook};

pub(crate) async fn index(State(guestbook): State<Guestbook>) -> Html<String> {
    let entries: String = guestbook.entries().iter().map(item).collect();
    Html(format!(
        "<!doctype html>\n<title>Guestbook</title>\n<h1>Guestbook</h1>\n<ul>\n{entries}</ul>\n"
    ))
}

pub(crate) async fn health() -> &'static str {
    "ok\n"
}

pub(crate) async fn missing() -> (StatusCode, Html<&'static str>) {
    let page = "<!doctype html>\n<title>Not found</title>\n<p>No such page. <a href=\"/\">Guestbook</a></p>\n";
    (StatusCode::NOT_FOUND, Html(page))
}

fn item(entry: &Entry) -> String {
    let (name, message) = (escaped(&entry.name), escaped(&entry.message));
    let from = entry
        .from
        .map(|from| format!(" ({from})"))
        .unwrap_or_default();
    format!("<li><b>{name}</b>{from}: {message}</li>\n")
}

/// Callers may send anything, and it must stay text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
