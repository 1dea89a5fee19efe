MODEL (
  name oso.seed_gitcoin__all_donations,
  description 'Donations in Gitcoin Grants rounds, as loaded',
  kind SEED (
    path '../../seeds/gitcoin__all_donations.csv'
  ),
  owner 'data-funding',
  grain (transaction_hash),
  columns (
    source VARCHAR,
    timestamp VARCHAR,
    round_id BIGINT,
    round_name VARCHAR,
    chain_id INTEGER,
    project_name VARCHAR,
    recipient_address VARCHAR,
    donor_address VARCHAR,
    transaction_hash VARCHAR,
    amount_in_usd DOUBLE
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=event'
  )
);
