"""What a patch takes away, as its hunks show it: a mistake mostly removes lines, or swaps one word.

Where there is no tree, both images of a piece are compared word by word (a word is what the vocabulary says of a call,
under the conditions around it).
"""
