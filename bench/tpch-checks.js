// 45 checks of five tables of TPC-H, in our words and in dbt's.

/** @type {Record<string, { notNull: string[], unique: string[], accepted: Record<string, string[]> }>} */
export const tables = {
  customer: {
    notNull: ["custkey", "name", "address", "nationkey", "phone", "acctbal", "mktsegment", "comment"],
    unique: ["custkey"],
    accepted: { mktsegment: ["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"] },
  },
  orders: {
    notNull: [
      "orderkey",
      "custkey",
      "orderstatus",
      "totalprice",
      "orderdate",
      "orderpriority",
      "clerk",
      "shippriority",
    ],
    unique: ["orderkey"],
    accepted: {
      orderstatus: ["F", "O", "P"],
      orderpriority: ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"],
    },
  },
  lineitem: {
    notNull: [
      "orderkey",
      "partkey",
      "suppkey",
      "linenumber",
      "quantity",
      "extendedprice",
      "discount",
      "tax",
      "shipdate",
      "commitdate",
      "receiptdate",
    ],
    unique: [],
    accepted: {
      returnflag: ["A", "N", "R"],
      linestatus: ["F", "O"],
      shipmode: ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"],
      shipinstruct: ["COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"],
    },
  },
  part: {
    notNull: ["partkey", "name", "mfgr"],
    unique: ["partkey"],
    accepted: {
      mfgr: ["Manufacturer#1", "Manufacturer#2", "Manufacturer#3", "Manufacturer#4", "Manufacturer#5"],
    },
  },
  supplier: { notNull: ["suppkey", "name", "nationkey"], unique: ["suppkey"], accepted: {} },
};

/** Of one table, as the configuration gives them to verification. */
export function checksOf(table) {
  const { notNull, unique, accepted } = tables[table];
  const scope = { selectors: [table], categories: [], severity: "fail", name: null, where: table };
  return [
    ...notNull.map((column) => ({ ...scope, check: "not_null", columns: [column] })),
    ...unique.map((column) => ({ ...scope, check: "unique", columns: [column] })),
    ...Object.entries(accepted).map(([column, values]) => ({
      ...scope,
      check: "accepted_values",
      column,
      values,
    })),
  ];
}

/** A query of its own for each check, which gives the number of failing rows, as dbt asks for it. */
export function queriesOf(table, relation) {
  const { notNull, unique, accepted } = tables[table];
  const list = (values) => values.map((value) => `'${value}'`).join(", ");
  const where = (condition) => `SELECT count(*) FROM ${relation} WHERE ${condition}`;
  return [
    ...notNull.map((column) => where(`${column} IS NULL`)),
    ...unique.map(
      (column) =>
        `SELECT count(*) FROM (SELECT ${column} FROM ${relation} GROUP BY ${column} HAVING count(*) > 1)`,
    ),
    ...Object.entries(accepted).map(([column, values]) => where(`${column} NOT IN (${list(values)})`)),
  ];
}

/** As a source with tests, for dbt. */
export const dbtSources = (schema) => ({
  version: 2,
  sources: [
    {
      name: schema,
      database: "iceberg",
      schema,
      tables: Object.entries(tables).map(([name, { notNull, unique, accepted }]) => ({
        name,
        columns: [...new Set([...notNull, ...unique, ...Object.keys(accepted)])].map((column) => ({
          name: column,
          data_tests: [
            ...(notNull.includes(column) ? ["not_null"] : []),
            ...(unique.includes(column) ? ["unique"] : []),
            ...(column in accepted ? [{ accepted_values: { values: accepted[column] } }] : []),
          ],
        })),
      })),
    },
  ],
});
