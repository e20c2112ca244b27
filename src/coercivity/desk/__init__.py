"""The desk: licences, evidence and scenarios on a database; the only room that knows Django."""
