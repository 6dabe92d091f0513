import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from knowledge import embed, export
from knowledge.embed import BUNDLED_MODEL, Encoder, open_encoder
from knowledge.errors import EncoderFault

WORDS = ["strike", "writer", "actor", "studio", "pay", "room", "vote", "term", "deal", "page"]


def text_of(pieces, start=0):
    """A text of just so many word pieces, the two special ones included: each word here is one."""
    return " ".join(WORDS[(start + n * n) % len(WORDS)] for n in range(pieces - 2))


@pytest.fixture(scope="module")
def reference():
    """The bundled model in sentence-transformers."""
    return export.load(BUNDLED_MODEL)


def test_the_vectors_are_those_of_sentence_transformers(encoder, reference):
    """Short and long mixed, beyond one batch; MiniLM's tokenizer file would cut them at 128."""
    lengths = [3, 5, 9, 30, 126, 127, 128, 129, 130, 200, 220, 255, 256, 257, 300, 700]
    texts = [text_of(length, start) for start, length in enumerate(lengths)]
    texts += ["", "¿Qué? — “Naïve” 映画 🎬", "The strike of 2023 lasted 148 days."]

    ours, theirs = (
        encoder.encode(texts, "passage"),
        reference.encode(texts, normalize_embeddings=True),
    )

    assert [encoder.count_tokens(text) for text in texts[: len(lengths)]] == lengths
    assert ours.shape == theirs.shape == (len(texts), 384)
    assert (ours * theirs).sum(axis=1).min() > 0.9999


def test_a_question_has_the_same_vector_alone_and_among_others(encoder):
    texts = [text_of(n) for n in (5, 200, 40)]

    together = encoder.encode(texts, "passage")

    alone = [encoder.embed_query(text) for text in texts]
    assert np.sum(together * np.array(alone), axis=1) == pytest.approx(1, abs=1e-4)


class CountingEncoder(Encoder):
    """The real one; it notes how many texts the model is given at once."""

    sizes = ()

    def _run(self, encodings):
        self.sizes += (len(encodings),)
        return super()._run(encodings)


def test_the_model_has_as_many_threads_as_are_set_and_is_given_few_texts_at_once(model_dir):
    encoder = CountingEncoder(model_dir / BUNDLED_MODEL, threads=1)

    encoder.encode([text_of(5)] * 20, "passage")

    assert encoder._session.get_session_options().intra_op_num_threads == 1
    assert encoder.sizes == (8, 8, 4)


class BusyEncoder(Encoder):
    """The real one; the first question keeps it busy until others wait. It notes what it was given."""

    def __init__(self, folder):
        super().__init__(folder)
        self.batches, self.free, self.faulty = [], Event(), False

    def encode(self, texts, role):
        self.batches.append(sorted(texts))
        assert self.free.wait(10)
        if self.faulty:
            raise ValueError("out of memory")
        return super().encode(texts, role)


def soon(look):
    """Wait until it is so, for ten seconds at most."""
    for _ in range(1_000):
        if look():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def ask_while_busy(encoder, questions):
    """Have the first question read until all others wait; give what becomes of each."""
    with ThreadPoolExecutor(len(questions)) as threads:
        asked = [threads.submit(encoder.embed_query, questions[0])]
        soon(lambda: encoder.batches)
        asked += [threads.submit(encoder.embed_query, question) for question in questions[1:]]
        soon(lambda: len(encoder._waiting) == len(questions) - 1)
        encoder.free.set()
    return asked


def test_questions_that_come_while_another_is_read_are_read_together(encoder, model_dir):
    busy = BusyEncoder(model_dir / BUNDLED_MODEL)
    questions = [text_of(n) for n in (5, 200, 40, 6)]

    asked = ask_while_busy(busy, questions)

    assert busy.batches == [questions[:1], sorted(questions[1:])]
    vectors = np.array([one.result() for one in asked])
    assert np.sum(vectors * encoder.encode(questions, "question"), axis=1) == pytest.approx(1, abs=1e-4)


def test_all_who_wait_hear_of_a_fault(model_dir):
    busy = BusyEncoder(model_dir / BUNDLED_MODEL)
    busy.faulty = True

    asked = ask_while_busy(busy, [text_of(n) for n in (5, 9, 7)])

    assert [str(one.exception()) for one in asked] == ["out of memory"] * 3


def test_a_text_of_200_word_pieces_is_read_to_its_end(encoder):
    whole = text_of(200)
    first_126 = " ".join(whole.split()[:126])

    one, other = encoder.encode([whole, first_126], "passage")

    assert one @ other < 0.995


def test_what_goes_beyond_256_word_pieces_is_not_read(encoder):
    one, other = encoder.encode([text_of(256), text_of(400)], "passage")

    assert one @ other > 0.9999


def test_vectors_are_of_length_1_even_of_nothing(encoder):
    vectors = encoder.encode(["", " ", "strike", text_of(300)], "passage")

    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_have_no_vectors(encoder):
    assert encoder.encode([], "passage").shape == (0, 384)
    assert encoder.embed_documents([]) == []


def test_like_is_nearer_than_unlike(encoder):
    question = encoder.embed_query("How long did the strike last?")
    answer, other = encoder.embed_documents(["It went on for 148 days.", "Whales eat krill."])

    assert np.dot(question, answer) > np.dot(question, other)


@pytest.fixture(scope="module")
def another_model(reference, tmp_path_factory):
    """A small model of another build: width, length, pooling and prompts of its own."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("another")
    BertModel(
        BertConfig(
            vocab_size=len(reference.tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
        )
    ).save_pretrained(folder / "bert")
    reference.tokenizer.save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=64)
    model = SentenceTransformer(
        modules=[transformer, Pooling(32, pooling_mode="cls")],
        prompts={"query": "question: ", "document": "passage: "},
        device="cpu",
    )
    model.save(str(folder / "model"))
    return folder / "model"


def test_any_model_can_be_exported_and_gives_its_own_vectors(another_model, tmp_path):
    export.export(str(another_model), tmp_path / "exported")
    exported, model = Encoder(tmp_path / "exported"), export.load(str(another_model))

    texts = ["strike", text_of(50), text_of(100)]
    questions = np.array([exported.embed_query(text) for text in texts])
    passages = exported.encode(texts, "passage")

    assert (exported.dimensions, exported.max_tokens) == (32, 64)
    assert str(another_model) in exported.fingerprint
    assert (questions * model.encode_query(texts, normalize_embeddings=True)).sum(axis=1).min() > 0.9999
    assert (passages * model.encode_document(texts, normalize_embeddings=True)).sum(axis=1).min() > 0.9999


def test_an_unknown_model_is_one_sentence(tmp_path):
    with pytest.raises(EncoderFault) as fault:
        open_encoder("no-such-model", tmp_path, threads=1)

    assert "'no-such-model'" in str(fault.value)
    assert "EMBEDDING_MODEL" in str(fault.value)
    assert "\n" not in str(fault.value)
    assert list(tmp_path.iterdir()) == []


def test_damaged_weights_are_refused_before_they_are_exported(tmp_path, monkeypatch):
    copy = tmp_path / "model.safetensors"
    copy.write_bytes(embed.bundled_weights().read_bytes()[:-1] + b"\xff")
    monkeypatch.setattr(embed, "bundled_weights", lambda: copy)

    with pytest.raises(EncoderFault, match=r"is damaged .* reinstall"):
        open_encoder(BUNDLED_MODEL, tmp_path / "models", threads=1)

    assert not (tmp_path / "models").exists()


def test_the_bundled_weights_are_those_that_were_published():
    embed.check_bundled_weights()


@pytest.mark.parametrize("damaged", ["model.onnx", "weights.bin", "tokenizer.json", "encoder.json"])
def test_a_damaged_export_says_which_folder_to_delete(model_dir, tmp_path, damaged):
    folder = tmp_path / BUNDLED_MODEL
    folder.mkdir()
    for file in (model_dir / BUNDLED_MODEL).iterdir():
        (folder / file.name).symlink_to(file)
    (folder / damaged).unlink()
    (folder / damaged).write_text("{}")

    with pytest.raises(EncoderFault, match=f"{folder} cannot be read; delete that folder"):
        open_encoder(BUNDLED_MODEL, tmp_path, threads=1)
