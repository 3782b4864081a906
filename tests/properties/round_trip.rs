//! What is written is read again.

use proptest::prelude::*;
use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
use runner_tunnel::types::Value;

use crate::values::values;

fn comes_back(value: &Value, dialect: Dialect) -> Result<(), TestCaseError> {
    let text = to_vec(value, dialect).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let back: Value = from_slice(&text, dialect).map_err(|error| {
        TestCaseError::fail(format!("{}: {error}", String::from_utf8_lossy(&text)))
    })?;
    prop_assert_eq!(&back, value, "{}", String::from_utf8_lossy(&text));
    prop_assert_eq!(to_vec(&back, dialect).unwrap_or_default(), text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_value_comes_back_as_it_was(value in values(Dialect::Runner)) {
        comes_back(&value, Dialect::Runner)?;
    }

    #[test]
    fn a_value_comes_back_in_the_other_dialect(value in values(Dialect::Ejson)) {
        comes_back(&value, Dialect::Ejson)?;
    }
}
