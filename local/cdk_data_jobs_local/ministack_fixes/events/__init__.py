"""Rules of EventBridge, and schedules of EventBridge Scheduler."""
