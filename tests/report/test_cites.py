"""Evidence is numbered once per device, and every citation finds its row."""

from scanner.report.cites import anchor, cited, refs


def test_each_piece_of_evidence_is_numbered_once(hospital):
    for judged in hospital.devices:
        names = cited(judged)

        assert len(set(names)) == len(names)


def test_a_citation_points_to_the_row_of_its_evidence(hospital):
    judged = hospital.devices[0]
    names = cited(judged)

    [ref] = refs(judged, [names[1]])

    assert (2, anchor(judged, 2)) == (ref.number, ref.anchor)


def test_a_citation_repeated_is_said_once(hospital):
    judged = hospital.devices[0]
    name = cited(judged)[0]

    assert len(refs(judged, [name, name])) == 1
