use proc_macro2::TokenStream;
use quote::quote;

use super::{event, task};
use crate::testing::{count, pretty};

/// Compares the pretty-printed expansion of a macro with its snapshot.
macro_rules! snapshot {
    ($name:ident, $macro:ident, $args:tt, $item:tt $(,)?) => {
        #[test]
        fn $name() {
            let expansion = $macro::expand(quote! $args, quote! $item);
            insta::assert_snapshot!(pretty(&expansion));
        }
    };
}

snapshot!(task_with_input, task, { "app.tasks.add" }, {
    async fn add(input: Add) -> i64 {
        input.a + input.b
    }
});

snapshot!(task_without_anything, task, { "app.tasks.ping" }, {
    async fn ping() {}
});

snapshot!(
    task_with_every_key,
    task,
    {
        "app.tasks.add",
        hidden,
        timeout = "30s",
        heartbeat = "3s",
        cache = "1m",
        cache_shared,
        max_body = "8mb",
        max_file = "50mb",
        on_disconnect = "cancel",
        description = "Adds.",
        crate = renamed::tunnel,
    },
    {
        /// Not shown.
        pub async fn add(
            State(db): State<Db>,
            mut input: Add,
            _: TaskContext,
        ) -> Result<i64, Quota> {
            db.add(input).await
        }
    },
);

snapshot!(blocking_task, task, { "app.tasks.hash", blocking }, {
    fn hash(input: Vec<u8>) -> u64 {
        0
    }
});

snapshot!(
    task_with_docs_and_conditions,
    task,
    { "app.tasks.add", on_disconnect = "finish" },
    {
        /// Adds two numbers.
        ///
        /// Slowly.
        #[doc = include_str!("add.md")]
        #[deprecated(note = "use `sum`")]
        #[cfg(feature = "math")]
        async fn add() {}
    },
);

snapshot!(task_that_names_a_type_twice, task, { "app.tasks.echo" }, {
    async fn echo(first: Shared, second: Shared, input: Text) -> Text {
        input
    }
},);

snapshot!(event_with_payload, event, { "app.events.notify" }, {
    async fn notify(payload: Notice) {}
});

snapshot!(
    event_with_every_key,
    event,
    {
        "app.events.notify",
        hidden,
        timeout = "500ms",
        max_body = "1kb",
        on_disconnect = "cancel",
        blocking,
        description = "Hears.",
        crate = "renamed::tunnel",
        parallel,
        order = -5,
    },
    {
        fn notify(payload: Notice, State(db): State<Db>) -> Result<Notice, Quota> {
            Ok(payload)
        }
    },
);

snapshot!(
    mistakes_leave_the_function_and_register_nothing,
    task,
    { "app.tasks.add", hiden },
    {
        /// Adds.
        #[inline]
        pub fn add(input: &str) -> i64 {
            0
        }
    },
);

snapshot!(
    repeated_attribute_is_taken_off,
    task,
    { "app.tasks.add" },
    {
        #[tunnel_event("app.events.add")]
        #[inline]
        async fn add() {}
    },
);

fn errors(expansion: &TokenStream) -> usize {
    count(expansion, "compile_error")
}

#[test]
fn two_mistakes_are_two_errors() {
    let item = quote! {
        async fn add(input: &str) {}
    };
    let expansion = task::expand(quote!("app.tasks.add", timeout = "0s"), item);
    assert_eq!(errors(&expansion), 2, "{expansion}");
}

#[test]
fn a_half_typed_body_is_passed_on() {
    let item = quote! {
        async fn add(input: Add) -> i64 { let sum = input. }
    };
    let expansion = task::expand(quote!("app.tasks.add"), item.clone());
    assert_eq!(errors(&expansion), 0);
    assert!(expansion.to_string().starts_with(&item.to_string()));
}

#[test]
fn other_items_are_passed_on_with_one_error() {
    let item = quote!(
        struct Add;
    );
    let expansion = task::expand(quote!("app.tasks.add"), item.clone());
    assert_eq!(errors(&expansion), 1);
    assert!(expansion.to_string().starts_with(&item.to_string()));
}

#[test]
fn the_default_path_is_absent_when_the_crate_is_renamed() {
    let item = quote! {
        async fn notify(payload: Notice) -> Result<Notice, Quota> {}
    };
    for expand in [task::expand, event::expand] {
        let default = expand(quote!("app.add"), item.clone());
        assert_eq!(count(&default, "runner_tunnel"), 1);
        let renamed = expand(quote!("app.add", crate = renamed), item.clone());
        assert_eq!(count(&renamed, "runner_tunnel"), 0, "{renamed}");
    }
}

/// What would stop working under `#![no_implicit_prelude]`.
#[test]
fn nothing_comes_from_the_prelude() {
    let item = quote! {
        async fn notify(payload: Notice) -> Answer {}
    };
    for expansion in [
        task::expand(quote!("app.add"), item.clone()),
        event::expand(quote!("app.add"), item),
    ] {
        for name in [
            "Some", "None", "Ok", "Err", "Vec", "Option", "String", "std",
        ] {
            assert_eq!(count(&expansion, name), 0, "{name}");
        }
    }
}
