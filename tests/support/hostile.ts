/** What a name, a message or a query may be made of, to be taken for something else. */
export const hostile: readonly string[] = [
  `<script>alert("x")</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  "</title></style></svg><h1>taken over</h1>",
  "<!-- ",
  "]]>",
  "&lt;b&gt; &amp; &#x3C;",
  "a|b|c \\| d",
  "`code` ``more`` ```fence```",
  "[link](javascript:alert(1)) ![image](https://evil.example.org/x.png)",
  "\u001B[31mred\u001B[0m and \u0000 and \u0007",
  "\u202Egnp.exe \u2066 \uD800",
  "# heading\n\n- list\r\n| row | row |",
  "https://evil.example.org www.evil.example.org mail@evil.example.org",
  "ünï→😀👩‍👩‍👧",
];
