use std::sync::atomic::Ordering::Relaxed;

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::labels::Label;

/// Label names and values of one counter.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// A counter for each value of a label.
#[derive(Debug)]
pub(super) struct ByOne<A> {
    counters: Vec<Counter>,
    label: std::marker::PhantomData<fn(A)>,
}

/// A counter for each pair of two labels' values.
#[derive(Debug)]
pub(super) struct ByTwo<A, B> {
    counters: Vec<Counter>,
    labels: std::marker::PhantomData<fn(A, B)>,
}

impl<A: Label> ByOne<A> {
    /// Registers the counters; `key` is the label's name.
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str, key: &'static str) -> Self {
        let family = Family::<Labels<1>, Counter>::default();
        registry.register(name, help, family.clone());
        let counters = A::ALL.iter().map(|a| family.get_or_create_owned(&[(key, a.value())])).collect();
        Self { counters, label: std::marker::PhantomData }
    }

    pub(super) fn inc(&self, label: A) {
        self.counters[label.index()].inc();
    }

    /// Takes over a count that is kept elsewhere.
    pub(super) fn observe(&self, label: A, count: u64) {
        self.counters[label.index()].inner().store(count, Relaxed);
    }
}

impl<A: Label, B: Label> ByTwo<A, B> {
    /// Registers the counters; `keys` are the labels' names.
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str, keys: [&'static str; 2]) -> Self {
        let family = Family::<Labels<2>, Counter>::default();
        registry.register(name, help, family.clone());
        let pairs = A::ALL.iter().flat_map(|a| B::ALL.iter().map(|b| [(keys[0], a.value()), (keys[1], b.value())]));
        let counters = pairs.map(|labels| family.get_or_create_owned(&labels)).collect();
        Self { counters, labels: std::marker::PhantomData }
    }

    pub(super) fn inc(&self, a: A, b: B) {
        self.counters[a.index() * B::ALL.len() + b.index()].inc();
    }
}

/// Registers one counter without labels.
pub(super) fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

/// Registers one gauge without labels.
pub(super) fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}
