MODEL (
  name oso.seed_ossd__repositories,
  description 'Repositories of the projects in OSS Directory, as crawled from GitHub',
  kind SEED (
    path '../../seeds/ossd__repositories.csv'
  ),
  owner 'data-directory',
  grain (id),
  columns (
    id BIGINT,
    node_id VARCHAR,
    owner VARCHAR,
    name VARCHAR,
    url VARCHAR,
    is_fork BOOLEAN,
    star_count BIGINT,
    fork_count BIGINT,
    language VARCHAR,
    license_spdx_id VARCHAR,
    created_at VARCHAR,
    updated_at VARCHAR
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=artifact'
  )
);
