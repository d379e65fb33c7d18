//! What the machine offers.

mod device_floor;
mod disk_kind;
mod measured_machine;
mod proc_text;
mod process_memory;

pub use device_floor::DeviceFloor;
pub use disk_kind::DiskKind;
pub use measured_machine::Machine;
pub use process_memory::ProcessMemory;
