"""What is shown in a notebook; imported only where there is one."""
