def test_a_form_tells_maker_model_and_answers(sample):
    (form,) = sample("mds2", "infusion-gateway.csv").of("mds2.form")

    assert ("Example Medical", "IG-2", "Infusion gateway") == (
        form["manufacturer"],
        form["model"],
        form["description"],
    )
    assert ("yes", "no", "n/a") == (form["MPII-1"], form["AUTH-1"], form["MLDP-1"])
    assert "DOC-5" not in form, "free text, such as whom to call, is not kept"


def test_a_form_without_maker_and_model_is_named(told):
    assert (
        "names no manufacturer and no model" in told("mds2", "AUTH-1,Does it?,Yes\nAUTH-2,And?,\n").complaint
    )
