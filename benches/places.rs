//! What a server pays for its gazetteer: loading it once, and finding the 20 nearest of what lies within 50 km.
//!
//! Paris is the densest case of a city, Tokyo a usual one, the desert of Nevada has nothing within reach, and at the
//! pole every longitude is near.

#![expect(clippy::expect_used, reason = "a bench without its data has nothing to measure")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use herd::{places::gazetteer::Gazetteer, protocol::Query};

const POINTS: [(&str, f64, f64); 4] =
    [("Paris", 48.8566, 2.3522), ("Tokyo", 35.6762, 139.6503), ("Nevada", 39.0, -117.0), ("pole", 90.0, 0.0)];

fn load(criterion: &mut Criterion) {
    criterion
        .bench_function("load", |bencher| bencher.iter(|| Gazetteer::embedded().expect("the embedded file loads")));
}

fn nearest(criterion: &mut Criterion) {
    let gazetteer = Gazetteer::embedded().expect("the embedded file loads");
    for (name, latitude_deg, longitude_deg) in POINTS {
        let query = Query { latitude_deg, longitude_deg, radius_m: 50_000.0, bound: 20 };
        criterion.bench_function(&format!("nearest/{name}"), |bencher| {
            bencher.iter(|| gazetteer.nearest(black_box(&query)));
        });
        criterion.bench_function(&format!("document/{name}"), |bencher| {
            bencher.iter(|| gazetteer.document(black_box(&query)).write());
        });
    }
}

criterion_group!(benches, load, nearest);
criterion_main!(benches);
