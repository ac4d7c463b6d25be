def test_a_cell_of_the_matrix_is_a_rule_from_its_row_to_its_column(sample):
    got = sample("policy-matrix", "zones.csv")

    assert [
        ("office", "servers", "allow", ["tcp/443", "tcp/445"]),
        ("office", "imaging", "deny", ["*"]),
        ("servers", "office", "deny", ["*"]),
        ("servers", "imaging", "allow", ["tcp/104"]),
        ("imaging", "office", "deny", ["*"]),
        ("imaging", "servers", "allow", ["*"]),
    ] == [(one["from"][0], one["to"][0], one["action"], one["ports"]) for one in got.of("policy.rule")]
    assert {"unsaid"} == {one["otherwise"] for one in got.of("policy.rule")}


def test_a_list_of_pairs_says_the_same(sample, told):
    assert ["allow", "deny"] == [
        one["action"] for one in sample("policy-matrix", "pairs.csv").of("policy.rule")
    ]
    action = told("policy-matrix", "from,to,ports,action\n# note\n\na,b,tcp/22,drop\n")
    assert [("deny", ["*"])] == [(one["action"], one["ports"]) for one in action.of("policy.rule")]


def test_cells_that_name_no_port_and_rows_without_ends_are_named(told):
    assert (
        "line 2, column 'b': 'maybe' is no port" in told("policy-matrix", "from / to,b\na,maybe\n").complaint
    )
    assert (
        "line 2: does not say from where to where" in told("policy-matrix", "from,to,allow\na,,\n").complaint
    )
