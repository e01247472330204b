import pytest

from srn_mmdet.evaluation.functional.known_images import require_known_images


def test_one_known_image_is_enough_and_so_is_none_at_all():
    require_known_images('p', ['x', 'a'], ['a', 'b'])
    require_known_images('p', [], ['a'])


def test_an_image_in_another_folder_is_named_with_the_one_that_was_wanted():
    with pytest.raises(ValueError) as error:
        require_known_images('p', ['all/z', 'all/b'], ['0--A/a', '1--B/b'])
    assert str(error.value) == (
        'p: none of its 2 images is in the ground truth: it has all/b, wanted are names '
        'as 1--B/b. All are in one folder, all'
    )


def test_names_of_another_set_are_told():
    with pytest.raises(ValueError, match='it has y/z, wanted are names as 0--A/a$'):
        require_known_images('p', ['y/z'], ['0--A/a'])
