MODEL (
  name oso.seed_github__events,
  description 'Public events of GitHub, as archived',
  kind SEED (
    path '../../seeds/github__events.csv'
  ),
  owner 'data-github',
  grain (id),
  columns (
    id BIGINT,
    type VARCHAR,
    actor_id BIGINT,
    actor_login VARCHAR,
    repo_id BIGINT,
    repo_name VARCHAR,
    action VARCHAR,
    created_at VARCHAR
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=event'
  )
);
