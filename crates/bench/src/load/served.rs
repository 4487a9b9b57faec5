//! Servers that take part, beside the client.

use std::sync::Arc;

use idv_simulator::{Api, Loopback};
use tokio::sync::oneshot;

/// A stand-in's API over loopback HTTP, on a thread of its own, so that it shares the processors with the gateway and the
/// client as another process would. Until it is dropped.
#[derive(Debug)]
pub struct Served {
    base_url: String,
    _until_dropped: oneshot::Sender<()>,
}

impl Served {
    /// Serves it on a port the system chooses.
    ///
    /// # Panics
    /// If no port can be listened on.
    #[must_use]
    pub fn on_its_own_thread(api: Arc<dyn Api>) -> Self {
        let (open, opened) = std::sync::mpsc::channel();
        let (until_dropped, dropped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let serving = Loopback::serve(api).await.unwrap();
                open.send(serving.base_url()).unwrap();
                // Nothing is ever sent: it ends when the other end is dropped.
                let _ = dropped.await;
            });
        });
        Self {
            base_url: opened.recv().expect("there is a port to listen on"),
            _until_dropped: until_dropped,
        }
    }

    /// Where it is, as the base of URLs.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}
