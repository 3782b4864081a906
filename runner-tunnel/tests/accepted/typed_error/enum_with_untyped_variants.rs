#![deny(warnings)]
use runner_tunnel::{TypedError, tunnel_task};

#[derive(Debug, thiserror::Error, TypedError)]
#[serde(rename_all_fields = "camelCase")]
pub enum OrderError {
    #[error("{item_name} is sold out")]
    #[typed_error(id = "app.errors.sold_out", http = 409)]
    SoldOut {
        item_name: String,
        #[source]
        cause: std::io::Error,
    },
    #[error("closed")]
    #[typed_error(id = "app.errors.closed")]
    Closed,
    #[error("no route to the bank")]
    #[typed_error(id = "app.errors.bank", http = 502)]
    Bank(#[source] std::io::Error),
    #[error("{0}")]
    Internal(String),
    #[error("internal")]
    Bug { source: std::io::Error },
}

#[tunnel_task("app.tasks.order")]
async fn order(input: String) -> Result<(), OrderError> {
    Err(OrderError::Internal(input))
}
