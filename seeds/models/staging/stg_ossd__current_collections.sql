MODEL (
  name oso.stg_ossd__current_collections,
  description 'The most recent view of the collections in OSS Directory',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (collection_id),
  tags (
    'model_type=full',
    'model_stage=staging',
    'entity_category=collection'
  ),
  audits (
    unique_values(columns := (collection_id))
  )
);

SELECT
  @oso_id('OSS_DIRECTORY', 'oso', LOWER(name))::VARCHAR AS collection_id,
  'OSS_DIRECTORY'::VARCHAR AS collection_source,
  'oso'::VARCHAR AS collection_namespace,
  LOWER(name)::VARCHAR AS collection_name,
  display_name::VARCHAR AS display_name,
  description::VARCHAR AS description,
  projects::VARCHAR AS projects,
  committed_time::TIMESTAMP AS committed_time
FROM oso.seed_ossd__collections
