//! What callers call their files, made fit to be part of a path.

/// The last segment of a name, without what no name should hold: control characters, line breaks, and characters that
/// turn the direction of writing, so that a name shows as it is. `None` if nothing is left of it.
///
/// What comes out is one component of a path, and never `.` or `..`.
pub(super) fn safe_name(name: &str) -> Option<String> {
    let segment = name.rsplit(['/', '\\']).next()?;
    let shown: String = segment.chars().filter(|char| !is_hidden(*char)).collect();
    let name = shown.trim();
    (!["", ".", ".."].contains(&name)).then(|| name.to_owned())
}

fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_component_of_a_path_and_shows_as_it_is() {
        for (name, safe) in [
            ("cat.jpg", "cat.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me.txt", "me.txt"),
            (" my cat.jpg ", "my cat.jpg"),
            ("é漢🔑.txt", "é漢🔑.txt"),
            ("...", "..."),
            ("a\0b\r\nc\u{7f}\u{85}.txt", "abc.txt"),
            ("cat\u{202e}gpj.exe", "catgpj.exe"),
            ("\u{2067}a\u{2069}\u{200f}\u{2028}b", "ab"),
        ] {
            assert_eq!(safe_name(name).as_deref(), Some(safe), "{name:?}");
        }
    }

    #[test]
    fn what_names_a_folder_or_nothing_is_no_name() {
        for name in [
            "",
            ".",
            "..",
            "a/..",
            "a\\",
            "/",
            " ",
            ".\0.",
            "\u{202e}.",
            " .. ",
        ] {
            assert_eq!(safe_name(name), None, "{name:?}");
        }
    }
}
