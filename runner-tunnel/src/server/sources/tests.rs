use std::fmt::Write as _;
use std::time::Duration;

use super::*;
use crate::serializer::Dialect;
use crate::server::config::{
    CompressionAlgorithm, CompressionConfig, CompressionLevel, CorsOrigin, Secret,
};

fn variables(variables: &[(&str, &str)]) -> Variables {
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

fn environment(pairs: &[(&str, &str)]) -> (TunnelConfig, Vec<String>) {
    read(None, &variables(pairs))
}

/// What a file says, with the path of the file left out of the problems.
fn file(text: &str, pairs: &[(&str, &str)]) -> (TunnelConfig, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tunnel.toml");
    std::fs::write(&path, text).unwrap();
    let (config, problems) = read(Some(&File::read(path.clone())), &variables(pairs));
    let name = format!("{}:", path.display());
    let short = problems
        .iter()
        .map(|problem| problem.replace(&name, ""))
        .collect();
    (config, short)
}

#[test]
fn without_a_source_the_defaults_stand() {
    for (config, problems) in [environment(&[]), file("", &[])] {
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            format!("{config:?}"),
            format!("{:?}", TunnelConfig::default())
        );
    }
}

#[test]
fn the_environment_goes_over_the_file_and_the_file_over_the_defaults() {
    let text = "base_path = \"/file\"\ntokens = [\"a\", \"b\"]\n[limits]\nheaders = 7\njson_body = \"1kb\"";
    let over = [
        ("RUNNER_TUNNEL_BASE_PATH", "/environment"),
        ("RUNNER_TUNNEL_LIMITS__JSON_BODY", "2kb"),
        ("RUNNER_TUNNEL_TOKENS", "c"),
        ("RUNNER_TUNNEL_CONFIG", "elsewhere.toml"),
        ("RUNNER_TUNNEL_PRINT_CONFIG", "true"),
    ];
    let (config, problems) = file(text, &over);
    assert_eq!(problems, [""; 0]);
    assert_eq!(config.base_path, "/environment");
    assert_eq!((config.limits.headers, config.limits.json_body), (7, 2048));
    assert_eq!(
        config.limits.uri_length,
        TunnelConfig::default().limits.uri_length
    );
    assert_eq!(config.tokens.len(), 1);
    assert_eq!(file(text, &[]).0.tokens.len(), 2);
    let none = file(text, &[("RUNNER_TUNNEL_TOKENS", "")]);
    assert_eq!(none.0.tokens.len(), 0);
}

#[test]
fn variables_have_the_form_of_their_fields() {
    let (config, problems) = environment(&[
        ("RUNNER_TUNNEL_ADDR", "0.0.0.0:8080"),
        ("RUNNER_TUNNEL_ALLOW_ANONYMOUS", "true"),
        ("RUNNER_TUNNEL_CORS__MAX_AGE", "60"),
        (
            "RUNNER_TUNNEL_CORS__ORIGIN",
            "https://a.example, https://b.example",
        ),
        ("RUNNER_TUNNEL_DIALECT", "ejson"),
        ("RUNNER_TUNNEL_EVENTS", ""),
        ("RUNNER_TUNNEL_LIMITS__CONNECTIONS", " 1000 "),
        ("RUNNER_TUNNEL_LIMITS__MULTIPART__FILE_SIZE", "1gb"),
        ("RUNNER_TUNNEL_SHUTDOWN_TIMEOUT", "1m 5s"),
        ("RUNNER_TUNNEL_TASKS", "app.*,other"),
        ("RUNNER_TUNNEL_TASK_TIMEOUT", "2s"),
        ("RUNNER_TUNNEL_TOKEN", "c,d"),
        ("RUNNER_TUNNEL_TOKENS", "a, b"),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(config.addr.to_string(), "0.0.0.0:8080");
    assert!(config.allow_anonymous);
    assert_eq!(config.cors.max_age, Some(60));
    let origins = ["https://a.example", "https://b.example"].map(str::to_owned);
    assert_eq!(config.cors.origin, Some(CorsOrigin::List(origins.to_vec())));
    assert_eq!(config.dialect, Dialect::Ejson);
    assert_eq!(config.events.unwrap(), [""; 0]);
    assert_eq!(config.limits.connections, Some(1000));
    assert_eq!(config.limits.multipart.file_size, 1 << 30);
    assert_eq!(config.shutdown_timeout, Duration::from_secs(65));
    assert_eq!(config.tasks.unwrap(), ["app.*", "other"]);
    assert_eq!(config.task_timeout, Some(Duration::from_secs(2)));
    assert_eq!(config.tokens.len(), 3);
}

/// Takes the default of every setting as the text of a variable, so that none is left out.
#[test]
fn every_setting_has_a_variable() {
    for (path, default) in variables::settings() {
        let texts = match &default {
            serde_json::Value::String(text) => vec![text.clone()],
            serde_json::Value::Null => ["1s", "1", "text"].map(str::to_owned).to_vec(),
            serde_json::Value::Array(_) => vec![String::new()],
            other => vec![other.to_string()],
        };
        let name = variables::name(&path);
        let tries = texts.iter().map(|text| environment(&[(&name, text)]).1);
        let tries: Vec<Vec<String>> = tries.collect();
        assert!(tries.iter().any(Vec::is_empty), "{name}: {tries:?}");
    }
}

#[test]
fn a_variable_that_is_no_boolean_says_what_is_one() {
    for (name, told) in [
        (
            "RUNNER_TUNNEL_DISCOVERY",
            "RUNNER_TUNNEL_DISCOVERY (discovery)",
        ),
        ("RUNNER_TUNNEL_PRINT_CONFIG", "RUNNER_TUNNEL_PRINT_CONFIG"),
    ] {
        for value in ["yes", "1", ""] {
            let (_, problems) = environment(&[(name, value)]);
            let expected = format!("{told}: expected true or false, found {value:?}");
            assert_eq!(problems, [expected]);
        }
        for value in ["true", " false "] {
            assert_eq!(environment(&[(name, value)]).1, [""; 0]);
        }
    }
    let asks = |value| is_printed(&variables(&[("RUNNER_TUNNEL_PRINT_CONFIG", value)]));
    assert_eq!((asks("true"), asks("false")), (Ok(true), Ok(false)));
    assert_eq!(is_printed(&Variables::new()), Ok(false));
}

#[test]
fn a_misspelt_variable_is_named_with_the_nearest_right_one() {
    let named = |name: &str| environment(&[(name, "1")]).1.join("");
    for (wrong, right) in [
        (
            "RUNNER_TUNNEL_LIMITS__JSON_BDY",
            "RUNNER_TUNNEL_LIMITS__JSON_BODY",
        ),
        ("RUNNER_TUNNEL_CORS_ORIGIN", "RUNNER_TUNNEL_CORS__ORIGIN"),
        ("RUNNER_TUNNEL_JSON_BODY", "RUNNER_TUNNEL_LIMITS__JSON_BODY"),
        ("RUNNER_TUNNEL_ADR", "RUNNER_TUNNEL_ADDR"),
    ] {
        assert_eq!(
            named(wrong),
            format!("{wrong} is no setting: did you mean {right}?")
        );
    }
    assert_eq!(
        named("RUNNER_TUNNEL_QQQQQQQQQQQQQQQQ"),
        "RUNNER_TUNNEL_QQQQQQQQQQQQQQQQ is no setting"
    );
}

#[test]
fn what_kubernetes_sets_for_a_service_of_this_name_is_passed_over() {
    let (config, problems) = environment(&[
        ("RUNNER_TUNNEL_SERVICE_HOST", "10.0.0.1"),
        ("RUNNER_TUNNEL_SERVICE_PORT", "7070"),
        ("RUNNER_TUNNEL_SERVICE_PORT_HTTP", "7070"),
        ("RUNNER_TUNNEL_PORT", "tcp://10.0.0.1:7070"),
        ("RUNNER_TUNNEL_PORT_7070_TCP", "tcp://10.0.0.1:7070"),
        ("RUNNER_TUNNEL_PORT_7070_TCP_PROTO", "tcp"),
        ("RUNNER_TUNNEL_PORT_7070_TCP_PORT", "7070"),
        ("RUNNER_TUNNEL_PORT_7070_TCP_ADDR", "10.0.0.1"),
        ("RUNNER_TUNNEL_ADMIN_SERVICE_HOST", "10.0.0.1"),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(config.addr, TunnelConfig::default().addr);
    assert_eq!(environment(&[("RUNNER_TUNNEL_PORT", "7070")]).1.len(), 1);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let text = r#"addres = "0.0.0.0:80"
discovery = "yes"
dialect = "ejsn"
json_body = 5

[limits]
json_bdy = "1mb"
headers = "many"
queue_timeout = 3
uri_length = "2tb"

[cors]
origin = 5
"#;
    let (_, problems) = file(
        text,
        &[
            ("RUNNER_TUNNEL_ADDR", "here"),
            ("RUNNER_TUNNEL_HEARTBEAT", "soon"),
        ],
    );
    // Down the file, and then the variables.
    let expected = [
        ("1: addres", "is no setting: did you mean addr?"),
        ("2: discovery: ", "expected a boolean, found \"yes\""),
        ("3: dialect: ", "did you mean \"ejson\"?"),
        (
            "4: json_body",
            "is no setting: did you mean limits.json_body?",
        ),
        (
            "7: limits.json_bdy",
            "is no setting: did you mean limits.json_body?",
        ),
        ("8: limits.headers: ", "found \"many\""),
        (
            "9: limits.queue_timeout: ",
            "expected a duration like \"30s\", found 3",
        ),
        (
            "10: limits.uri_length: ",
            "\"2tb\" is not a size like \"20mb\"",
        ),
        ("13: cors.origin: ", "a list of origins or { pattern"),
        ("RUNNER_TUNNEL_ADDR (addr): ", "an IP address and a port"),
        (
            "RUNNER_TUNNEL_HEARTBEAT (heartbeat): ",
            "\"soon\" is not a duration like \"30s\"",
        ),
    ];
    for (problem, (place, what)) in problems.iter().zip(expected) {
        assert!(
            problem.starts_with(place) && problem.contains(what),
            "{place}{what}: {problems:#?}"
        );
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[test]
fn a_text_that_is_no_toml_is_named_by_its_lines() {
    let (_, problems) = file("addr = \n\n= 5\ntokens = [\"my-secret\n", &[]);
    assert!(
        problems.iter().any(|problem| problem.starts_with("1: ")),
        "{problems:?}"
    );
    assert!(
        problems.iter().any(|problem| problem.starts_with("3: ")),
        "{problems:?}"
    );
    assert!(!problems.join("").contains("my-secret"), "{problems:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let nowhere = File::read("/nowhere/tunnel.toml".into());
    let (_, problems) = read(Some(&nowhere), &Variables::new());
    assert!(
        problems[0].starts_with("cannot read /nowhere/tunnel.toml: "),
        "{problems:?}"
    );
    #[cfg(unix)]
    {
        let endless = File::read("/dev/zero".into());
        let (_, problems) = read(Some(&endless), &Variables::new());
        assert_eq!(problems, ["cannot read /dev/zero: it is larger than 4 MiB"]);
    }
    let unnamed = File::read("".into());
    let (_, problems) = read(Some(&unnamed), &Variables::new());
    assert_eq!(problems, ["the path of the configuration file is empty"]);
}

#[test]
fn no_problem_shows_a_secret() {
    for text in [
        "tokens = \"my-secret\"",
        "tokens = [[\"my-secret\"]]",
        "tokens = [{ token = [\"my-secret\"] }]",
        "tokens = [{ token = \"my-secret\", file = \"x\" }]",
        "tokens = [{ sha256 = \"my-secret\" }]",
        "tokens = [{ tokn = \"my-secret\" }]",
        "tokens.x = \"my-secret\"",
        "token = \"my-secret\"",
        "lanes = [{ id = \"x\", algorithm = \"HS256\", keys = [\"my-secret\"] }]",
        "lanes = [{ id = \"x\", algorithm = \"HS256\", keys = [{ secret = [\"my-secret\"] }] }]",
        "lanes = [{ id = \"x\", algorithm = \"HS256\", keys = \"my-secret\" }]",
    ] {
        let (_, problems) = file(text, &[]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            (problems[0].contains("token") || problems[0].contains("keys"))
                && !problems[0].contains("my-secret"),
            "{problems:?}"
        );
    }
}

#[test]
fn tokens_in_a_file_are_texts_or_tables_and_their_files_lie_beside_it() {
    let text = r#"
[[tokens]]
name = "ci"
token = "one"
not_before = 2026-01-02T03:04:05Z
not_after = "2027-01-01T00:00:00+01:00"
scopes = ["app.*"]

[[tokens]]
file = "secrets/one"

[[tokens]]
file = "/run/secrets/two"
"#;
    let (config, problems) = file(text, &[]);
    assert_eq!(problems, [""; 0]);
    let [ci, beside, elsewhere] = &config.tokens[..] else {
        panic!("{config:?}")
    };
    assert_eq!(ci.name(), Some("ci"));
    assert!(ci.not_before < ci.not_after && ci.not_before.is_some());
    let path = |token: &crate::Token| match &token.secret {
        Secret::File(path) => path.clone(),
        _ => panic!("{token:?}"),
    };
    assert!(path(beside).ends_with("secrets/one") && path(beside).is_absolute());
    assert_eq!(path(elsewhere), Path::new("/run/secrets/two"));
}

#[test]
fn a_section_that_is_absent_by_default_has_variables_and_its_files_lie_beside_the_file() {
    let text = "[tls]\ncert = \"tunnel.pem\"\nkey = \"/run/secrets/key\"\n";
    let (config, problems) = file(text, &[("RUNNER_TUNNEL_ADMIN__ADDR", "127.0.0.1:9090")]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(config.admin.unwrap().addr.port(), 9090);
    let tls = config.tls.unwrap();
    assert!(tls.cert.ends_with("tunnel.pem") && tls.cert.is_absolute());
    assert_eq!(tls.key, Path::new("/run/secrets/key"));
    let (config, problems) = environment(&[("RUNNER_TUNNEL_TLS__CERT", "tunnel.pem")]);
    assert_eq!(problems, [""; 0]);
    let tls = config.tls.unwrap();
    assert_eq!(tls.cert, Path::new("tunnel.pem"));
    assert_eq!(tls.key, Path::new(""), "nobody has named it");
}

#[test]
fn what_is_printed_hides_secrets_and_reads_back() {
    let config = TunnelConfig {
        tokens: vec![
            "my-secret".into(),
            crate::Token::new("my-secret-too")
                .named("ci")
                .scopes(["app.*"]),
            crate::Token::from_sha256(
                "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
            ),
            crate::Token::from_file("/run/secrets/x").not_after(std::time::SystemTime::UNIX_EPOCH),
        ],
        tasks: Some(vec!["app.*".to_owned()]),
        heartbeat: Some(Duration::from_secs(3)),
        ..TunnelConfig::default()
    };
    let text = config.to_redacted_toml();
    assert!(
        !text.contains("my-secret") && !text.contains("2bb80d"),
        "{text}"
    );
    // A digest that is hidden is no digest; everything else reads.
    let (back, problems) = file(&text, &[]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("tokens[2].sha256"), "{problems:?}");
    let value = |config: &TunnelConfig| serde_json::to_value(config).unwrap();
    assert_eq!(value(&back), value(&config));
    assert_eq!(back.tokens.len(), 3);
    assert_eq!(back.tokens[1].name(), Some("ci"));
}

#[test]
fn compression_is_a_table_and_variables_with_a_list_of_names() {
    let (config, problems) = file(
        "[compression]\nanswers = true\nmin_size = \"2kb\"\nlevel = \"best\"\nalgorithms = [\"zstd\"]",
        &[("RUNNER_TUNNEL_COMPRESSION__ALGORITHMS", "br, gzip")],
    );
    assert_eq!(problems, [""; 0]);
    let expected = CompressionConfig {
        answers: true,
        min_size: 2048,
        level: CompressionLevel::Best,
        algorithms: vec![CompressionAlgorithm::Brotli, CompressionAlgorithm::Gzip],
        ..CompressionConfig::default()
    };
    assert_eq!(config.compression, expected);
}

/// The table of the documentation is made from the settings: `VARIABLES=overwrite` writes it.
#[test]
fn the_table_of_variables_is_the_one_in_the_documentation() {
    let mut table = "| variable | setting | default |\n|---|---|---|\n".to_owned();
    for (path, default) in variables::settings() {
        let default = match default {
            serde_json::Value::Null => "none".to_owned(),
            serde_json::Value::Array(items) if items.is_empty() => "empty".to_owned(),
            serde_json::Value::Array(items) => {
                let items: Vec<_> = items.iter().filter_map(serde_json::Value::as_str).collect();
                format!("`{}`", items.join(","))
            }
            serde_json::Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let name = variables::name(&path);
        writeln!(table, "| `{name}` | `{path}` | {default} |").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/variables.md");
    if std::env::var_os("VARIABLES").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, table, "run this test with VARIABLES=overwrite");
}

#[test]
fn keys_of_lanes_lie_beside_the_file_and_are_printed_without_secrets() {
    let text = r#"
[[lanes]]
id = "math"
algorithm = "HS256"
tasks = ["app.*"]
max_age = "2m"
keys = [{ kid = "k1", secret = "my-secret" }, { file = "secrets/math" }]
"#;
    let (config, problems) = file(text, &[]);
    assert_eq!(problems, [""; 0]);
    let files: Vec<_> = config.lanes[0].files().collect();
    assert!(files[0].ends_with("secrets/math") && files[0].is_absolute());
    let printed = config.to_redacted_toml();
    assert!(
        printed.contains("secret = \"[hidden]\"") && !printed.contains("my-secret"),
        "{printed}"
    );
    let (back, problems) = file(&printed, &[]);
    assert_eq!(problems, [""; 0]);
    let value = |config: &TunnelConfig| serde_json::to_value(config).unwrap();
    assert_eq!(value(&back), value(&config));
}
