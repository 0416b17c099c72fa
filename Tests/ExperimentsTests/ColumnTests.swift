import Foundation
import Metrics
import Reports
import Storage
import Testing

@testable import Experiments

/// What the design fixes for `trials.csv`; later work appends to it.
private let fixedColumns = """
  format experiment cell parameters trial repeat order workload system platform input_tier shuffle_tier \
  output_tier input_provenance shuffle_provenance output_provenance plan encoding layout join access \
  io_engine cache starts workers maps reduces size_bytes dataset_digest output_digest durability status \
  reason wall_ns process_wall_ns stage_ns pool_start_ns prefault_ns map_ns reduce_ns input_wait_ns \
  shuffle_wait_ns output_wait_ns modelled_wait_ns verify_ns cleanup_ns cpu_ns instructions read_bytes \
  device_read_bytes shuffle_bytes output_bytes peak_anon_bytes spilled_bytes retries bad_rows billed_gb_s \
  cost_usd machine_class commit build_mode model_digest output_bytes_all_stages \
  local_read_share shuffle_write_wait_ns load_before steal_share other_cpu_ns other_cpu_share \
  cpu_mhz_before cpu_mhz_after quota_throttled_ns thermal_throttles swapped_pages outlier
  """

struct ColumnTests {
  @Test func `trials have the fixed columns in the fixed order`() {
    #expect(TrialColumns.all.map(\.name) == fixedColumns.split(separator: " ").map(String.init))
  }

  @Test func `activations have OpenWhisk's fields and what was used`() {
    #expect(
      ActivationColumns.all.map(\.name).joined(separator: " ")
        == "activation_id cell repeat action task start_ns end_ns wait_ns init_ns run_ns status attempt worker "
        + "start_kind bytes_in bytes_out peak_anon_bytes cpu_ns billed_gb_s stage")
  }

  @Test func `a column that ends in its unit says that unit`() {
    let columns =
      TrialColumns.all.map { ($0.name, $0.unit) } + ActivationColumns.all.map { ($0.name, $0.unit) }
      + FaasColumns.all.map { ($0.name, $0.unit) }
    for (name, unit) in columns {
      if name.hasSuffix("_ns") { #expect(unit == "ns", "\(name)") }
      if name.hasSuffix("_bytes") { #expect(unit == "bytes", "\(name)") }
    }
  }

  @Test func `results README is what the program prints`() throws {
    let file = packageFolder.appending(path: "results/README.md")
    #expect(try String(contentsOf: file, encoding: .utf8) == ColumnDocument.markdown)
  }

  @Test func `what was not measured is an empty field and never a zero`() throws {
    let row = sampleRow(uniformSystem("ssd", .ssd), wall: 0, status: .skipped, reason: "no disk")
    let values = Dictionary(
      uniqueKeysWithValues: TrialColumns.all.map { ($0.name, $0.value(row)) })
    for column in TrialColumns.all where column.unit == "ns" {
      #expect(values[column.name] == "", "\(column.name)")
    }
    #expect(values["status"] == "skipped")
    #expect(values["reason"] == "no disk")
    #expect(values["instructions"] == "")
    #expect(values["read_bytes"] == "")
  }

  @Test func `a row's values stand under their names`() throws {
    let row = sampleRow(uniformSystem("ssd", .ssd), wall: 10)
    let values = Dictionary(uniqueKeysWithValues: TrialColumns.all.map { ($0.name, $0.value(row)) })
    #expect(values["wall_ns"] == "10000000")
    #expect(values["map_ns"] == "7000000")
    #expect(values["access"] == "direct/direct/direct")
    #expect(values["cell"] == row.cell.id)
    #expect(values["machine_class"] == "a \"CPU\", 2 cores")
  }

  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
    ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""), ("a;b=c", "a;b=c"),
  ])
  func `a field is quoted where RFC 4180 asks for it`(field: String, written: String) {
    #expect(CSV.line(["x", field, "y"]) == "x,\(written),y\n")
  }

  @Test func `a table is aligned, in a terminal and as Markdown`() {
    var table = TextTable([.left("name"), .right("n")])
    table.add(["a|b", "1"])
    table.add(["é", "1000"])
    #expect(
      table.text(indent: 1) == """
         name     n
         ────  ────
         a|b      1
         é     1000

        """)
    #expect(
      table.markdown == """
        | name |    n |
        | ---- | ---: |
        | a\\|b |    1 |
        | é    | 1000 |
        """)
  }

  @Test func `JSON keeps the order and escapes what must be escaped`() throws {
    let value = JSONValue.object([
      ("z", .integer(1)), ("a", .texts(["\"\\\n\u{1}é"])), ("n", .number(.infinity)), ("e", .object([])),
      ("x", .null), ("b", .bool(true)),
    ])
    #expect(
      value.text == """
        {
          "z": 1,
          "a": [
            "\\"\\\\\\n\\u0001é"
          ],
          "n": null,
          "e": {},
          "x": null,
          "b": true
        }

        """)
    #expect(try JSONSerialization.jsonObject(with: Data(value.text.utf8)) is [String: Any])
  }
}
