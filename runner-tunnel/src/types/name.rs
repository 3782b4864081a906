//! The names that types of this program declare.

use std::collections::HashSet;
use std::sync::LazyLock;

/// What a newtype's name begins with when it carries the name of a type. Serializers that do not know it
/// ignore such names.
pub(crate) const CUSTOM: &str = "$runner.type:";

/// A name, and where the type stands that declares it. Several types may declare one name: instances of one
/// generic type, versions of one crate.
#[derive(Debug, Clone, Copy)]
pub struct TypeName {
    #[doc(hidden)]
    pub name: &'static str,
    #[doc(hidden)]
    pub package: &'static str,
    #[doc(hidden)]
    pub file: &'static str,
    #[doc(hidden)]
    pub line: u32,
}

inventory::collect!(TypeName);

/// Whether a type that was linked into the program declares this name.
pub(crate) fn is_registered(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        inventory::iter::<TypeName>()
            .map(|declared| declared.name)
            .collect()
    });
    NAMES.contains(name)
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::tunnel_type;

    #[tunnel_type("types.name.tests")]
    #[derive(Serialize)]
    struct Declared;

    #[tunnel_type("types.name.tests")]
    #[derive(Serialize)]
    struct DeclaredToo<T>(T);

    #[test]
    fn knows_the_names_that_are_declared() {
        assert!(is_registered("types.name.tests"));
        assert!(!is_registered("types.name"));
        assert_eq!(serde_json::to_string(&Declared).unwrap(), "null");
        assert_eq!(serde_json::to_string(&DeclaredToo(1)).unwrap(), "1");
    }

    #[test]
    fn says_where_a_name_is_declared() {
        let mut declared: Vec<_> = inventory::iter::<TypeName>()
            .filter(|declared| declared.name == "types.name.tests")
            .collect();
        declared.sort_by_key(|declared| declared.line);
        let [first, second] = declared[..] else {
            panic!("{declared:?}")
        };
        assert!(first.line < second.line && first.file == file!());
        assert_eq!(first.package, env!("CARGO_PKG_NAME"));
    }
}
