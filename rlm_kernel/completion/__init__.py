"""Completion and help in the lines of ``%%rlm`` and ``%rlm``, in every front end that asks the kernel.

line        what is being written at the cursor: an option, its value, a command, its argument
offers      what there is to choose from: names, files, models, runs
matcher     IPython's hook for Tab
inspection  the kernel's for Shift+Tab
"""
