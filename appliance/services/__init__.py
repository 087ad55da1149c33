"""What the appliance does: endless jobs and use cases."""
