//! What several processes over one database know of each other.

use std::time::Duration;

use crate::world::World;

#[tokio::test]
async fn a_process_that_was_killed_is_not_counted_after_two_leases() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let lease = Duration::from_secs(10);
    let other = world.another_process().await;
    assert_eq!(world.engine.live_replicas().await.unwrap(), 0);
    assert_eq!(world.engine.announce_replica().await.unwrap(), 1);
    assert_eq!(other.announce_replica().await.unwrap(), 2);
    assert_eq!(world.engine.announce_replica().await.unwrap(), 2);
    // The other one is killed.
    for _ in 0..6 {
        world.clock.advance(lease / 3);
        world.engine.announce_replica().await.unwrap();
    }
    assert_eq!(
        world.engine.live_replicas().await.unwrap(),
        2,
        "just not yet"
    );
    world.clock.advance(lease / 3);
    assert_eq!(world.engine.announce_replica().await.unwrap(), 1);
    assert_eq!(world.engine.live_replicas().await.unwrap(), 1);
}
