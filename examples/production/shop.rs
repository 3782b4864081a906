//! What the shop does. Nothing in here knows how it is run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runner_tunnel::prometheus_client::metrics::counter::Counter;
use runner_tunnel::{ResponseCache, State, TaskContext, TypedError, tunnel_event, tunnel_task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shared by all calls.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    stock: Arc<Mutex<BTreeMap<String, u32>>>,
    pub(crate) orders: Counter,
}

impl Shop {
    /// With a few things to sell.
    pub(crate) fn open() -> Self {
        let stock = [("lamp", 3), ("chair", 12), ("screw", 1_000_000)];
        let stock = stock.map(|(article, count)| (article.to_owned(), count));
        Self {
            stock: Arc::new(Mutex::new(stock.into())),
            orders: Counter::default(),
        }
    }

    pub(crate) fn is_counted(&self) -> bool {
        !self.with_stock(|stock| stock.is_empty())
    }

    fn with_stock<R>(&self, look: impl FnOnce(&mut BTreeMap<String, u32>) -> R) -> R {
        look(&mut self.stock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Order {
    article: String,
    count: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Taken {
    article: String,
    left: u32,
}

#[derive(Debug, thiserror::Error, TypedError)]
enum OrderError {
    #[error("there are only {left} left")]
    #[typed_error(id = "shop.errors.tooFew", http = 409)]
    TooFew { left: u32 },
}

/// Takes an order, as far as the stock reaches.
#[tunnel_task("shop.tasks.order")]
async fn order(
    order: Order,
    State(shop): State<Shop>,
    State(cache): State<ResponseCache>,
) -> Result<Taken, OrderError> {
    let Order { article, count } = order;
    let left = shop.with_stock(|stock| {
        // What nobody has delivered is not remembered.
        let there = stock.get(&article).copied().unwrap_or_default();
        let left = there
            .checked_sub(count)
            .ok_or(OrderError::TooFew { left: there })?;
        if let Some(there) = stock.get_mut(&article) {
            *there = left;
        }
        Ok(left)
    })?;
    shop.orders.inc();
    cache.invalidate("shop.tasks.stock");
    Ok(Taken { article, left })
}

/// How many there are of each article.
#[tunnel_task("shop.tasks.stock", cache = "10s", cache_shared)]
async fn stock(State(shop): State<Shop>) -> BTreeMap<String, u32> {
    shop.with_stock(|stock| stock.clone())
}

/// What was ordered, for the accounts. Each call carries a token of the lane `accounts` as well.
#[tunnel_task("shop.tasks.orders")]
async fn orders(State(shop): State<Shop>, context: TaskContext) -> u64 {
    tracing::info!(
        caller = context.token_name(),
        lane = context.lane(),
        "asks for the orders"
    );
    shop.orders.get()
}

/// Counts everything again; takes as long as it is told, or until nobody waits for it.
#[tunnel_task("shop.tasks.count")]
async fn count(milliseconds: u64, context: TaskContext) -> bool {
    let counting = tokio::time::sleep(Duration::from_millis(milliseconds));
    tokio::select! {
        () = counting => true,
        () = context.cancelled() => false,
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Delivery {
    article: String,
    count: u32,
}

/// New goods have come.
#[tunnel_event("shop.events.delivered")]
async fn delivered(
    delivery: Delivery,
    State(shop): State<Shop>,
    State(cache): State<ResponseCache>,
) {
    shop.with_stock(|stock| {
        let there = stock.entry(delivery.article.clone()).or_default();
        *there = there.saturating_add(delivery.count);
    });
    cache.invalidate("shop.tasks.stock");
    tracing::info!(
        article = delivery.article,
        count = delivery.count,
        "delivered"
    );
}
