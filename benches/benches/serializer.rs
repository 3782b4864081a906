//! The serializer beside serde_json: `cargo bench -p benches --bench serializer`.

use std::time::Duration;

use benches::serializer::cases;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn serializer(criterion: &mut Criterion) {
    for case in cases() {
        let (group, who) = case.name.rsplit_once('/').unwrap_or(("", &case.name));
        let mut group = criterion.benchmark_group(group);
        group
            .throughput(Throughput::Bytes(case.bytes as u64))
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2))
            .bench_function(who, |bencher| bencher.iter(|| case.run()));
        group.finish();
    }
}

criterion_group!(benches, serializer);
criterion_main!(benches);
