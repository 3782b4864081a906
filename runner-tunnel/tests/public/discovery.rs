use runner_tunnel::{JsonSchema, tunnel_task};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::tunnel;

/// A folder
/// and what is in it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Folder {
    name: String,
    #[serde(default)]
    folders: Vec<Folder>,
}

mod other {
    #[derive(serde::Serialize, schemars::JsonSchema)]
    pub(super) struct Folder {
        pub(super) id: u64,
    }
}

/// Copies a folder,
/// and says where to.
///
/// Slowly.
#[deprecated]
#[tunnel_task("discovery.copy")]
async fn copy(input: Folder) -> (Folder, other::Folder) {
    (input, other::Folder { id: 1 })
}

#[tunnel_task("discovery.described", description = "Said here.", hidden)]
async fn hidden() {}

#[tunnel_task("discovery.nothing", description = "Said here.")]
async fn nothing() {}

fn is_valid(schema: &Value, instance: &Value) -> bool {
    jsonschema::draft202012::new(schema)
        .unwrap()
        .is_valid(instance)
}

#[tokio::test]
async fn every_schema_is_a_schema_and_self_contained() {
    let document = tunnel().discovery().await.unwrap();
    let mut schemas = Vec::new();
    for task in document["tasks"].as_object().unwrap().values() {
        schemas.extend([&task["inputSchema"], &task["resultSchema"]]);
        schemas.extend(
            task["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|error| &error["dataSchema"]),
        );
    }
    schemas.extend(
        document["events"]
            .as_object()
            .unwrap()
            .values()
            .map(|event| &event["payloadSchema"]),
    );
    assert!(schemas.len() > 20);
    for schema in schemas {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{schema}");
        // Building it resolves every reference, and there is nowhere to load one from.
        jsonschema::draft202012::new(schema).unwrap();
    }
}

#[tokio::test]
async fn recursive_types_and_clashing_names_describe_the_right_values() {
    let document = tunnel().discovery().await.unwrap();
    let task = &document["tasks"]["discovery.copy"];
    let tree = json!({"name": "a", "folders": [{"name": "b"}]});
    assert!(is_valid(&task["inputSchema"], &tree));
    assert!(!is_valid(
        &task["inputSchema"],
        &json!({"name": "a", "folders": [{"id": 1}]})
    ));
    // A result always has the field that an input may leave out.
    let full = json!({"name": "a", "folders": []});
    assert!(is_valid(&task["resultSchema"], &json!([full, {"id": 1}])));
    assert!(!is_valid(
        &task["resultSchema"],
        &json!([{"name": "a"}, {"id": 1}])
    ));
    assert!(!is_valid(&task["resultSchema"], &json!([full, full])));
}

#[tokio::test]
async fn doc_comments_and_attributes_describe_a_task() {
    let document = tunnel().discovery().await.unwrap();
    let task = &document["tasks"]["discovery.copy"];
    assert_eq!(
        task["description"],
        "Copies a folder, and says where to.\n\nSlowly."
    );
    assert_eq!(task["deprecated"], true);
    assert_eq!(
        (&task["request"], &task["response"]),
        (&json!(["json"]), &json!("json"))
    );
    assert_eq!(
        document["tasks"]["discovery.nothing"]["description"],
        "Said here."
    );
    assert_eq!(
        document["tasks"]["discovery.nothing"]["inputSchema"]["type"],
        "null"
    );
    assert!(
        document["tasks"].get("discovery.described").is_none(),
        "hidden"
    );
}

#[tokio::test]
async fn the_errors_of_a_task_are_listed_with_their_data() {
    let document = tunnel().discovery().await.unwrap();
    let errors = document["tasks"]["errors.fail"]["errors"]
        .as_array()
        .unwrap();
    let listed: Vec<_> = errors
        .iter()
        .map(|error| {
            (
                error["id"].as_str().unwrap(),
                error["httpStatus"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(listed, [("errors.quota", 429), ("errors.empty", 500)]);
    assert!(is_valid(
        &errors[0]["dataSchema"],
        &json!({"limit": 5, "soFar": 6, "resetAt": null})
    ));
    assert!(!is_valid(&errors[0]["dataSchema"], &json!({"limit": 5})));
    assert!(is_valid(&errors[1]["dataSchema"], &json!({})));
}

#[tokio::test]
async fn ids_are_sorted_and_the_document_is_the_same_each_time() {
    let first = tunnel().discovery().await.unwrap();
    assert_eq!(
        first.to_string(),
        tunnel().discovery().await.unwrap().to_string()
    );
    let tasks: Vec<&str> = first["allowList"]["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    assert!(tasks.is_sorted() && tasks.len() > 10, "{tasks:?}");
    let described: Vec<&String> = first["tasks"].as_object().unwrap().keys().collect();
    assert_eq!(tasks, described);
}
