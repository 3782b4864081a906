//! The boundary of a form, from the request's content type.

use memchr::memchr;

use super::header::media_type;
use super::parameters::Parameters;

/// RFC 2046, section 5.1.1.
const MOST_BYTES: usize = 70;

/// The boundary of a form's content type; `None` if it has none, an unusable one, or is no form's.
pub fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    if media_type(content_type)? != "multipart/form-data" {
        return None;
    }
    let mut parameters = Parameters::new(&content_type[memchr(b';', content_type)?..]);
    while let Some(parameter) = parameters.next().ok()? {
        if parameter.name.eq_ignore_ascii_case(b"boundary") {
            return Some(parameter.value).filter(|boundary| is_usable(boundary));
        }
    }
    None
}

/// More characters than RFC 2046 allows, but none that could be the end of a line, or padding at the end of one.
fn is_usable(boundary: &[u8]) -> bool {
    (1..=MOST_BYTES).contains(&boundary.len())
        && boundary.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && !boundary.ends_with(b" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_usable_boundary_of_a_form() {
        let long = "b".repeat(70);
        for (content_type, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            (
                "Multipart/Form-Data;charset=utf-8 ; BOUNDARY=abc;",
                Some("abc"),
            ),
            (
                r#"multipart/form-data; boundary="a b'()+_,-./:=?c""#,
                Some("a b'()+_,-./:=?c"),
            ),
            (r#"multipart/form-data; boundary="a\"b""#, Some("a\"b")),
            ("multipart/form-data; boundary=a/b:c=d", Some("a/b:c=d")),
            (
                "multipart/form-data; boundary=one; boundary=two",
                Some("one"),
            ),
            (
                r#"multipart/form-data; a="; boundary=x"; boundary=y"#,
                Some("y"),
            ),
            (
                &format!("multipart/form-data; boundary={long}"),
                Some(long.as_str()),
            ),
            (&format!("multipart/form-data; boundary={long}b"), None),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary", None),
            ("multipart/form-data; boundary=", None),
            (r#"multipart/form-data; boundary="""#, None),
            (r#"multipart/form-data; boundary="abc"#, None),
            (r#"multipart/form-data; boundary="abc ""#, None),
            ("multipart/form-data; boundary=\"a\tc\"", None),
            ("multipart/form-data; boundary=\"a\r\nc\"", None),
            ("multipart/form-data; boundary=é", None),
            ("multipart/form-data; a b; boundary=abc", None),
            ("multipart/form-data boundary=abc", None),
            ("multipart/mixed; boundary=abc", None),
            ("text/plain; x=multipart/form-data; boundary=abc", None),
            ("", None),
        ] {
            assert_eq!(
                boundary(content_type.as_bytes()),
                expected.map(|text| text.as_bytes().to_vec()),
                "{content_type}"
            );
        }
    }
}
