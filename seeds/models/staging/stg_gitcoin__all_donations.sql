MODEL (
  name oso.stg_gitcoin__all_donations,
  description 'Donations to projects in Gitcoin Grants rounds',
  kind FULL,
  owner 'data-funding',
  grain (transaction_hash),
  tags (
    'funding',
    'model_type=full',
    'model_stage=staging',
    'entity_category=event'
  ),
  audits (
    has_at_least_n_rows(threshold := 1)
  )
);

SELECT
  LOWER(transaction_hash)::VARCHAR AS transaction_hash,
  timestamp::TIMESTAMP AS time,
  round_id::VARCHAR AS gitcoin_round_id,
  round_name::VARCHAR AS round_name,
  chain_id::INTEGER AS chain_id,
  LOWER(project_name)::VARCHAR AS project_name,
  LOWER(recipient_address)::VARCHAR AS project_recipient_address,
  LOWER(donor_address)::VARCHAR AS donor_address,
  amount_in_usd::DOUBLE AS amount_in_usd
FROM oso.seed_gitcoin__all_donations
WHERE
  amount_in_usd > 0
