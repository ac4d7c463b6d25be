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


FORM = """Question ID,Question,Answer,See note
DOC-1,Manufacturer Name,Acme,
DOC-3,Device Model,Kiln 9,
DOC-4,Serial Number,S-77,
CSUP-2,Does the device contain an Operating System?,Yes,Windows 10 IoT Enterprise LTSC 2019
CSUP-2.1,Does the documentation provide instructions for owner/operator installation of patches?,No,
MLDP-2,Does the device support the use of anti-malware software?,See Note,by the maker only
SAHD-9,Are all communication ports and protocols that are not required disabled?,Yes,"open: TCP 104, 443/tcp and udp/161; TCP 99999"
"""


def test_what_is_wanted_of_a_form_is_found_whatever_number_it_has(told):
    (form,) = told("mds2", FORM).of("mds2.form")
    (other,) = told("mds2", FORM.replace("CSUP-2", "CSUP-7").replace("SAHD-9", "SAHD-3")).of("mds2.form")
    wanted = ("serial", "has_os", "os", "patched_by_owner", "anti_malware", "ports_closed", "ports")

    assert (
        "S-77",
        "yes",
        "Windows 10 IoT Enterprise LTSC 2019",
        "no",
        "see note",
        "yes",
        "tcp/104 tcp/443 udp/161",
    ) == tuple(form[word] for word in wanted)
    assert [form[word] for word in wanted] == [other[word] for word in wanted]
