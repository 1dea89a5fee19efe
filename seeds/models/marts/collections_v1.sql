MODEL (
  name oso.collections_v1,
  description 'Collections, one row each. A collection is a set of projects',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (collection_id),
  tags (
    'export',
    'model_type=full',
    'model_category=directory',
    'model_stage=mart',
    'entity_category=collection'
  ),
  audits (
    not_null(columns := (collection_id, collection_name))
  )
);

SELECT
  collections.collection_id::VARCHAR AS collection_id,
  collections.collection_source::VARCHAR AS collection_source,
  collections.collection_namespace::VARCHAR AS collection_namespace,
  collections.collection_name::VARCHAR AS collection_name,
  collections.display_name::VARCHAR AS display_name,
  collections.description::VARCHAR AS description
FROM oso.stg_ossd__current_collections AS collections
