/// A page in one file: no network, complete without scripts, light and dark, as wide as the screen is.
struct HTMLPage {
  var title: String
  /// HTML, escaped where it must be.
  var body: String

  /// `text` as the content of an element or of a quoted attribute.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Only the script whose digest this is may run: text that gets into the page cannot bring its own.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    + "script-src 'sha256-\(scriptDigest)'"

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="generator" content="marvel-bench">
    <link rel="icon" href="data:,">
    <title>\(Self.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    \(body)
    </main>
    <script>\(Self.script)</script>
    </body>
    </html>

    """
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: #1b1b1b; --soft: #595959; --paper: #fdfdfc; --line: #d4d4d0; --head: #f0f0ec;
      --mark: #fff3cd; --link: #005a94; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e3; --soft: #a9a9a4; --paper: #161615; --line: #3c3c39;
      --head: #242422; --mark: #3d3310; --link: #7cc0f0; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 68rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
    h2 { font-size: 1.2rem; line-height: 1.3; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
    p, ul { margin: .5rem 0; max-width: 48rem; }
    ul { padding-left: 1.2rem; }
    a { color: var(--link); }
    nav a { margin-right: .8rem; white-space: nowrap; }
    .lead, .caption { color: var(--soft); }
    #summary p { font-size: 1.1rem; }
    #summary .caption, .caption { font-size: .9rem; margin: 1rem 0 .3rem; }
    .caption + .wide { margin-top: 0; }
    .warning { background: var(--mark); padding: .1rem .8rem .4rem; border-radius: 4px; }
    .wide { overflow-x: auto; max-width: 100%; margin: .7rem 0; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
    th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
      unicode-bidi: isolate; }
    th { background: var(--head); white-space: nowrap; }
    th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
    th[aria-sort=ascending] button::after { content: " \\25B2"; }
    th[aria-sort=descending] button::after { content: " \\25BC"; }
    .n { text-align: right; white-space: nowrap; }
    .l { min-width: 15rem; overflow-wrap: anywhere; }
    .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; align-items: start; }
    figure { margin: 0; background: #fff; color: #000; border: 1px solid var(--line); border-radius: 4px; padding: .5rem; }
    figure svg { display: block; width: 100%; max-width: 34rem; height: auto; margin: 0 auto; }
    figure svg text { font-family: system-ui, sans-serif; }
    figcaption { font-size: .85rem; color: #444; }
    pre { overflow-x: auto; background: var(--head); padding: .6rem; border-radius: 4px; font-size: .85rem; }
    @media print { nav { display: none; } .wide { overflow: visible; } }
    """

  /// Headings become buttons that sort: numbers by `data-v`, empty cells last.
  static let script = """

    for (const table of document.querySelectorAll('table')) {
      const body = table.tBodies[0];
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = head.textContent;
        head.replaceChildren(button);
        button.addEventListener('click', () => {
          const down = head.getAttribute('aria-sort') === 'ascending';
          for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
          head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
          const key = row => {
            const cell = row.cells[column];
            return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
          };
          const rows = [...body.rows].map(row => [key(row), row]);
          rows.sort(([a], [b]) => {
            if (a === '' || b === '') return (a === '') - (b === '');
            const order = typeof a === 'number' && typeof b === 'number' ? a - b
              : typeof a !== typeof b ? (typeof a === 'number' ? -1 : 1) : a.localeCompare(b, 'en', {numeric: true});
            return down ? -order : order;
          });
          body.append(...rows.map(([, row]) => row));
        });
      });
    }

    """

  /// Base64 of the SHA-256 of ``script``; `scripts/verify/verify_report.py` checks it, as does each browser.
  static let scriptDigest = "6ryt0eEqpDldAHNP9q75TKkr1aiPZcS8a6LWKbv3mjE="
}
