use serde_json::json;

use super::*;

/// A node
/// of a list.
///
/// Second paragraph.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Node {
    /// Wrapped
    /// description.
    next: Option<Box<Node>>,
}

mod one {
    #[derive(schemars::JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    pub(super) struct Input {
        a: i64,
    }
}

mod other {
    #[derive(schemars::JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    pub(super) struct Input {
        b: String,
    }
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Both {
    one: one::Input,
    other: other::Input,
}

#[derive(JsonSchema, serde::Serialize, serde::Deserialize)]
struct WithDefault {
    #[serde(default)]
    count: u32,
}

fn accepts(schema: &Value, instance: &Value) -> bool {
    jsonschema::draft202012::new(schema)
        .unwrap()
        .is_valid(instance)
}

#[test]
fn a_recursive_root_names_itself_and_validates() {
    let schema = of_input::<Node>();
    assert_eq!(schema["$ref"], "#/$defs/Node");
    assert!(!schema.to_string().contains(r##""$ref":"#""##), "{schema}");
    assert!(accepts(&schema, &json!({"next": {"next": null}})));
    assert!(!accepts(&schema, &json!({"next": {"next": 1}})));
}

#[test]
fn two_types_of_one_name_stay_apart() {
    let schema = of_input::<Both>();
    assert!(
        accepts(&schema, &json!({"one": {"a": 1}, "other": {"b": "x"}})),
        "{schema}"
    );
    assert!(!accepts(
        &schema,
        &json!({"one": {"b": "x"}, "other": {"a": 1}})
    ));
}

#[test]
fn doc_comments_become_descriptions_with_joined_lines() {
    let schema = of_input::<Node>();
    let node = &schema["$defs"]["Node"];
    assert_eq!(
        node["description"],
        "A node of a list.\n\nSecond paragraph."
    );
    assert_eq!(
        node["properties"]["next"]["description"],
        "Wrapped description."
    );
}

#[test]
fn inputs_and_results_have_their_own_side() {
    let instance = json!({});
    assert!(accepts(&of_input::<WithDefault>(), &instance));
    assert!(!accepts(&of_result::<WithDefault>(), &instance));
}

#[test]
fn every_schema_names_its_dialect_and_is_self_contained() {
    for schema in [of_input::<Both>(), of_input::<Node>(), of_input::<()>()] {
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
    }
    assert_eq!(of_input::<()>()["type"], "null");
}

#[test]
fn data_inside_a_schema_is_left_alone() {
    #[derive(JsonSchema, serde::Serialize)]
    struct LooksLikeARef {
        #[serde(rename = "$ref")]
        target: String,
    }
    #[derive(JsonSchema)]
    #[schemars(default)]
    struct HasDefault {
        pointer: LooksLikeARef,
    }
    impl Default for HasDefault {
        fn default() -> Self {
            let target = "#".to_owned();
            Self {
                pointer: LooksLikeARef { target },
            }
        }
    }
    let schema = of_input::<HasDefault>();
    assert_eq!(
        schema["properties"]["pointer"]["default"],
        json!({"$ref": "#"}),
        "{schema}"
    );
    assert!(schema.get("$ref").is_none());
}
