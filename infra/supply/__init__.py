"""What NexStock is made of: a bill of materials, licences, known vulnerabilities, and builds that come out the same."""
