"""The kernel's end of the line to the labextension.

channel      messages in both directions: requests on the control channel, which is answered
             while a cell runs; events as comm messages, which nobody gets who did not say hello
requests     what a front end may ask for
feed         the events of a run, in batches that no server drops
placing      outputs that belong to a cell the front end has not sent
edits        what the user has made of cells that wait
cells        a model's steps as cells of the open notebook
lab          all of it around one run
"""
