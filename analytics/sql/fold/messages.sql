SELECT * FROM fold_message
