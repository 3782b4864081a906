//! What the calls carry: types that every framework can express, and bodies made of them.

use crate::random::Random;

/// The same types for every framework, with what it derives.
#[macro_export]
macro_rules! record_types {
    ($($derive:path),*) => {
        /// What `add` takes.
        #[derive(Debug, Clone, PartialEq, $($derive),*)]
        pub struct Add {
            /// Some number.
            pub a: i64,
            /// Another.
            pub b: i64,
        }

        /// What `echo` takes many of, and gives back.
        #[derive(Debug, Clone, PartialEq, $($derive),*)]
        pub struct Record {
            /// Unique.
            pub id: u64,
            /// Of a person.
            pub name: String,
            /// Not everybody has one.
            pub email: Option<String>,
            /// Whether it counts.
            pub active: bool,
            /// In euros.
            pub balance: f64,
            /// Some words.
            pub tags: Vec<String>,
            /// Where to find the person.
            pub address: Address,
        }

        /// A part of each record.
        #[derive(Debug, Clone, PartialEq, $($derive),*)]
        pub struct Address {
            /// With the number.
            pub street: String,
            /// Without the country.
            pub city: String,
            /// Five digits.
            pub zip: u32,
        }
    };
}

record_types!(serde::Serialize, serde::Deserialize, schemars::JsonSchema);

const WORDS: [&str; 8] = [
    "amber", "birch", "cedar", "Größe", "ember", "fjord", "grove", "haven",
];

/// As many records as make about so many bytes of JSON.
pub fn records(bytes: usize) -> Vec<Record> {
    const BYTES_PER_RECORD: usize = 205;
    let mut random = Random(7);
    (0..(bytes / BYTES_PER_RECORD).max(1))
        .map(|at| record(at as u64, &mut random))
        .collect()
}

fn record(id: u64, random: &mut Random) -> Record {
    let mut word = || random.pick(&WORDS).to_owned();
    let (first, last, street, city) = (word(), word(), word(), word());
    let tags = (0..3).map(|_| word()).collect();
    Record {
        id,
        email: random
            .chance(70)
            .then(|| format!("{first}.{last}@example.com")),
        name: format!("{first} {last}"),
        active: random.chance(50),
        balance: f64::from(u32::try_from(random.below(1_000_000)).unwrap_or_default()) / 100.0,
        tags,
        address: Address {
            street: format!("{street} street {}", random.below(200)),
            city,
            zip: u32::try_from(random.below(100_000)).unwrap_or_default(),
        },
    }
}
