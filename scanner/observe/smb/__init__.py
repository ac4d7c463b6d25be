"""What SMB looks like on the wire: frames, SMB1 and SMB2 messages, and the SMB1 questions that two probes share."""
