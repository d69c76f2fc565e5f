"""Converts files as people have them into CSV files as Amazon Personalize reads them, for `data-jobs convert`."""
