import ArgumentParser

@main
struct ColonnadeCommand: ParsableCommand {}
