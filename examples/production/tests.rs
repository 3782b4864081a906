use std::error::Error;

use runner_tunnel::testing::TestTunnel;
use serde_json::{Value, json};

use crate::shop::Shop;

#[tokio::test]
async fn an_order_is_taken_as_far_as_the_stock_reaches() -> Result<(), Box<dyn Error>> {
    let shop = Shop::open();
    let orders = shop.orders.clone();
    let tunnel = TestTunnel::with(|serve| serve.state(shop))?;
    let order = json!({ "article": "lamp", "count": 2 });
    let taken: Value = tunnel.task("shop.tasks.order", &order).await?;
    assert_eq!(taken, json!({ "article": "lamp", "left": 1 }));
    let refused = tunnel.task::<Value>("shop.tasks.order", &order).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("only 1 left")));
    assert_eq!(orders.get(), 1);
    Ok(())
}
